"""The module that Alembic runs; it migrates on the connection that `app.jobs.store.database.migrate` hands over."""

from alembic import context

from app.jobs.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
