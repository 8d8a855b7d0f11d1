"""Ranking against known partnerships and awards, beside random, popularity, TF-IDF and BM25: all its figures in one run.

    python bench/ranking.py ../shared [--history-to 2018 --truth 2019,2020]

The folder holds real/ukcat/charities_coded.csv, real/reference/sic2007_cp1252.csv, design/example_pairs.csv and
benchmarks/maryland/awards_to_fy2020.csv. What is measured, and how it was kept from being fitted to, stands in
`ranking_charities.py` and `ranking_awards.py`; speed is `ranking_speed.py`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import ranking_awards
import ranking_charities


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--history-to", type=int, default=2018, help="last fiscal year of the awards that are known")
    parser.add_argument("--truth", default="2019,2020", help="fiscal years of the awards to find, with commas")
    given = parser.parse_args()
    charities = ranking_charities.read_charities(given.folder / "real/ukcat/charities_coded.csv")
    titles = ranking_charities.read_titles(given.folder / "real/reference/sic2007_cp1252.csv")
    examples = ranking_charities.read_examples(given.folder / "design/example_pairs.csv")
    for title, pairs in {**ranking_charities.read_partnerships(), "example pairs": examples}.items():
        ranking_charities.report(title, pairs, charities, titles)
    print("\n### public awards\n")
    awards = given.folder / "benchmarks/maryland/awards_to_fy2020.csv"
    ranking_awards.main(awards, given.history_to, {int(year) for year in given.truth.split(",")})


if __name__ == "__main__":
    main()
