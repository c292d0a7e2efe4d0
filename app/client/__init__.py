"""The Python client: a distribution of its own, which needs nothing of the service.

In the service's wheel it is the subpackage that the command line uses, `app.client.fit_service_client`; alone it is
installed as `fit_service_client`. So both may stand in one environment, and neither owns files of the other.
"""
