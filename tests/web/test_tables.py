"""Wide tables carry what a phone needs: the heading of its column on each cell."""

from __future__ import annotations

from matchmaker.web.tables import stacked

WIDE = """<table class="table align-middle">
<thead><tr><th scope="col">Name</th><th scope="col">Role &amp; rights</th>
<th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
<tbody>
<tr><th scope="row">Ada</th><td class="num">manager</td><td><button>Remove</button></td></tr>
<tr><td colspan="2">nobody</td><td>
</td></tr>
</tbody></table>"""


def test_each_cell_has_the_heading_that_is_seen_above_it() -> None:
    page = stacked(f"<p>before</p>{WIDE}<p>after</p>")
    assert '<th scope="row" role="rowheader">Ada</th>' in page
    assert '<td class="num" data-label="Role &amp; rights" role="cell"><div>manager</div></td>' in page
    assert '<td role="cell"><button>Remove</button></td>' in page
    assert page.startswith("<p>before</p>")
    assert page.endswith("<p>after</p>")


def test_cells_over_several_columns_have_no_heading_and_empty_ones_are_marked() -> None:
    page = stacked(WIDE)
    assert '<td colspan="2" role="cell">nobody</td>' in page
    assert '<td data-empty role="cell"></td>' in page


def test_table_says_that_it_is_one_when_it_is_laid_out_as_cards() -> None:
    page = stacked(WIDE)
    assert page.startswith('<table class="table align-middle stacked" role="table">')
    assert [page.count(f'role="{role}"') for role in ("rowgroup", "row", "columnheader")] == [2, 3, 3]


def test_text_is_escaped_once() -> None:
    wide = WIDE.replace("Role &amp; rights", "&lt;b&gt; &#34;x&#34;")
    assert 'data-label="&lt;b&gt; &#34;x&#34;"' in stacked(wide)


def test_narrow_tables_and_other_text_stay_as_they_are() -> None:
    narrow = WIDE.replace("align-middle", "narrow-table")
    headless = '<table class="table"><tbody><tr><td>1</td></tr></tbody></table>'
    for page in (narrow, headless, "<p>no table</p>"):
        assert stacked(page) == page
