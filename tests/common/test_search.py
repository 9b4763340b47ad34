from collections.abc import Iterator

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, migrations, transaction
from django.db.migrations.state import ProjectState
from hypothesis import given
from hypothesis import strategies as st

from huiying.common import search
from huiying.common.errors import Refused
from huiying.common.search import Index, match_expression, operations
from huiying.common.text import search_phrase, search_tokens

LETTERS = {
    "rain": "RX2022030001：青石路3号楼门前道路积水",
    "lamp": "RX2022030002：青石路路灯不亮，路面也积水",
    "quote": "咨询'医保'\\转移 \"手续\" 𠮷",
}


@pytest.fixture
def index(db: None) -> Index:
    """An index of its own, made within the test's transaction and gone with it."""
    made = Index("papers_search")
    with connection.cursor() as cursor:
        for statement in made.create_sql(connection.vendor):
            cursor.execute(statement)
    return made


@pytest.fixture
def papers(index: Index) -> dict[str, int]:
    """Three rows of a table that is always there, entered with a citizen's letter each."""
    rows = {name: ContentType.objects.create(app_label="papers", model=name).pk for name in LETTERS}
    index.put((pk, None, search_tokens(LETTERS[name])) for name, pk in rows.items())
    return rows


def test_what_was_entered_lately_is_merged_and_found_as_before(index: Index, papers: dict[str, int]) -> None:
    assert index.merge() > 0 or connection.vendor == "sqlite"
    assert index.merge() == 0
    assert found(index, "积水") == {"rain", "lamp"}


class SearchMigration(migrations.Migration):
    operations = operations("letters_search")


def found(index: Index, query: str) -> set[str]:
    return {paper.model for paper in index.match(ContentType.objects.filter(app_label="papers"), query)}


@pytest.mark.usefixtures("papers")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("积水", {"rain", "lamp"}),
        ("道路积水", {"rain"}),
        ("灯", {"lamp"}),
        ("0002", {"lamp"}),
        ("2022030001", {"rain"}),
        ("ｒｘ2022", {"rain", "lamp"}),
        ("3号楼", {"rain"}),
        ("积水 路灯", {"lamp"}),
        ("“医保”", {"quote"}),
        ("𠮷", {"quote"}),
        ("水积", set()),
        ("？！", set()),
        (" ", {"rain", "lamp", "quote"}),
    ],
)
def test_a_question_finds_the_letters_that_hold_it(index: Index, query: str, names: set[str]) -> None:
    assert found(index, query) == names


def test_a_changed_letter_is_found_by_its_new_words_only(index: Index, papers: dict[str, int]) -> None:
    index.put([(papers["rain"], search_tokens(LETTERS["rain"]), search_tokens("井盖破损"))])
    assert found(index, "井盖") == {"rain"}
    assert found(index, "积水") == {"lamp"}


def test_a_removed_letter_is_not_found(index: Index, papers: dict[str, int]) -> None:
    index.remove([(papers["rain"], search_tokens(LETTERS["rain"]))])
    assert found(index, "积水") == {"lamp"}


def test_an_emptied_index_can_be_filled_again(index: Index, papers: dict[str, int]) -> None:
    index.clear()
    assert found(index, "积水") == set()
    index.put([(papers["lamp"], None, search_tokens(LETTERS["lamp"]))])
    assert found(index, "积水") == {"lamp"}


def test_an_index_takes_more_rows_than_one_batch(index: Index) -> None:
    index.put((pk, None, search_tokens(f"井盖{pk}")) for pk in range(1, 1202))
    index.remove((pk, search_tokens(f"井盖{pk}")) for pk in range(2, 1202))
    index.put([(2, None, search_tokens("井盖"))])


def test_a_match_can_be_filtered_counted_and_ordered_further(index: Index, papers: dict[str, int]) -> None:
    matched = index.match(ContentType.objects.order_by("-pk"), "积水")
    assert matched.count() == 2
    assert [paper.model for paper in matched.exclude(model="rain")] == ["lamp"]
    assert matched[0].pk == max(papers["rain"], papers["lamp"])


def test_the_newest_rows_of_a_word_are_hit_be_it_common_or_rare(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "BLOCKS", (1, 3))  # of two rows and of eight
    monkeypatch.setattr(search, "WINDOWS", ((1, 2, 0.0), (3, 1, 0.0), (3, 2, 0.5)))
    texts = {pk: "井盖" + "路灯不亮" * (pk % 3 == 0) + "积水" * (pk < 9) for pk in range(1, 41)}
    index.put((pk, None, search_tokens(text)) for pk, text in texts.items())
    index.put([(2, search_tokens(texts[2]), search_tokens("不亮的路灯"))])
    newest = {"井盖": [40, 39, 38], "路灯": [39, 36, 33], "积水": [8, 7, 6], "的路": [2], "停电": []}
    hits = index.hits([(word,) for word in newest], most=3)
    for place, keys in enumerate(newest.values()):
        assert sorted((pk for no, pk in hits if no == place), reverse=True) == keys
    index.put([(200, None, search_tokens("路灯不亮"))])  # the numbers between were rolled back
    assert sorted(index.hits([("路灯", "灯不")], most=2)) == [(0, 39), (0, 200)]
    assert index.hits([], most=3) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="FTS5 keeps no rows")
def test_a_hundred_rows_take_few_pages_however_long_their_texts_are(index: Index) -> None:
    texts = {pk: search_tokens("".join(map(chr, range(0x4E00, 0x4E00 + 60 + pk)))) for pk in range(1, 101)}
    index.put((pk, None, text) for pk, text in texts.items())
    index.put((pk, text, f"{text} 积水") for pk, text in texts.items())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size(%s::regclass) / 8192", [index.name])
        assert cursor.fetchone()[0] <= 4
    assert len(index.among("积水", list(texts))) == 100


def test_sqlite_refuses_what_would_damage_the_index(index: Index, papers: dict[str, int]) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps the tokens itself and needs no old ones")
    with pytest.raises(Refused, match="请重建全文索引"), transaction.atomic():
        index.put([(papers["rain"], None, "重复")])
    with pytest.raises(Refused, match="papers_search"):
        index.remove([(987654, "没有")])
    with pytest.raises(Refused, match="重复 1 条"), transaction.atomic():
        index.put([(987654, None, "一"), (987654, None, "二")])
    assert found(index, "道路积水") == {"rain"}


def test_a_refused_batch_leaves_nothing_behind(index: Index, papers: dict[str, int]) -> None:
    def rows() -> Iterator[tuple[int, str | None, str]]:
        yield papers["rain"], search_tokens(LETTERS["rain"]), search_tokens("井盖破损")
        raise RuntimeError("the file ends here")

    with pytest.raises(RuntimeError), transaction.atomic():
        index.put(rows())
    assert found(index, "井盖") == set()


def test_other_databases_and_odd_names_are_refused() -> None:
    with pytest.raises(Refused, match="oracle"):
        Index("papers_search").create_sql("oracle")
    with pytest.raises(ValueError, match="全文索引名"):
        Index("papers; DROP TABLE x")


@pytest.mark.django_db(transaction=True)
def test_a_migration_makes_the_index_and_takes_it_back() -> None:
    migration = SearchMigration("0001_search", "papers")
    with connection.schema_editor() as editor:
        migration.apply(ProjectState(), editor)
    assert "letters_search" in connection.introspection.table_names()
    with connection.schema_editor() as editor:
        migration.unapply(ProjectState(), editor)
    assert "letters_search" not in connection.introspection.table_names()


@given(st.text(min_size=1, max_size=40))
def test_no_text_breaks_out_of_the_expression(text: str) -> None:
    phrases = search_phrase(text)
    if not phrases:
        return
    assert match_expression("sqlite", phrases).count('"') == 2 * len(phrases)
    tokens = sum(len(phrase.tokens) for phrase in phrases)
    assert match_expression("postgresql", phrases).count("'") == 2 * tokens
