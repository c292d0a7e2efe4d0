"""Random texts of formulas."""

from hypothesis import strategies as st


def texts(leaves: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return random formula texts; brackets are not put where they are needed but anywhere."""

    def grown(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.tuples(texts, st.sampled_from([" + ", "-", "*", " / "]), texts).map("".join),
            st.tuples(texts, st.sampled_from(["**", " ** -"]), st.sampled_from(["1", "2", "3"])).map("".join),
            texts.map("-{}".format),
            texts.map("({})".format),
            texts.map("abs({})".format),
            st.tuples(texts, texts).map(lambda pair: "minimum({}, {})".format(*pair)),
        )

    return st.recursive(leaves, grown, max_leaves=12)
