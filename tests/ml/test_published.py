"""Published sets: what is read of their files, that no feature looks ahead, and the figures of the baselines."""

import io
import json
import tarfile
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rich.console import Console
from typer.testing import CliRunner

from navswap.cli import all_commands
from navswap.cli.published import results_table
from navswap.ml.published import ai4i, charged, cmapss, entsoe, los_loop, mit_cells, yaz
from navswap.ml.published.learning import learn_in_folds
from navswap.ml.published.studies import STUDIES, UnknownStudyError, find_studies
from navswap.ml.published.study import Answer, Finding, MissingDataError, Result, fold_numbers
from navswap.ml.spec import Head, HeadKind, Learner
from navswap.ml.training.trainer import Options
from tests.support.requirements import benchmark_data

QUICK = Options(trials=0)


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_the_state_of_a_machine_gives_its_power_and_strain(tmp_path: Path) -> None:
    head = "UDI\tProduct ID\tType\tAir temperature [K]\tProcess temperature [K]\tRotational speed [rpm]\tTorque [Nm]"
    write(
        tmp_path,
        "ai4i/ai4i2020.tsv",
        f"{head}\tTool wear [min]\tMachine failure\n1\tM1\tM\t298\t309\t1500\t40\t200\t0\n2\tL2\tL\t298\t306\t1200\t60\t220\t1\n",
    )
    matrix, came = ai4i.read(tmp_path)
    assert list(came) == [0, 1]
    assert list(matrix[0, :7]) == [1, 298, 309, 1500, 40, 200, 11]
    assert matrix[0, 7] == pytest.approx(2 * np.pi * 1500 / 60 * 40)
    assert list(matrix[1, 8:]) == [60 * 220, 60 * 220 / 11_000]


def test_macro_f1_weighs_failures_as_much_as_all_else() -> None:
    came = np.array([True, True, False, False, False, False])
    says = np.array([True, False, False, False, False, True])
    assert ai4i.macro_f1(says, came) == pytest.approx((0.5 + 0.75) / 2)
    assert ai4i.macro_f1(np.zeros(6, dtype=bool), came) == pytest.approx(0.4)


def test_the_threshold_is_where_held_out_scores_are_told_apart_best() -> None:
    scores = np.array([0.1, 0.2, 0.3, 0.35, 0.9])
    threshold = ai4i.best_threshold(scores, np.array([False, False, False, True, True]))
    assert 0.3 < threshold <= 0.35


def engines(cycles: int) -> pl.DataFrame:
    draw = np.random.default_rng(3)
    rows = [
        (engine, cycle, 0, 0, 0, *(100 + 0.1 * cycle + draw.normal(size=21)))
        for engine in (1, 2)
        for cycle in range(1, cycles + 1)
    ]
    names = ("engine", "cycle", "a", "b", "c", *(f"s{number}" for number in range(1, 22)))
    return pl.DataFrame(rows, schema=list(names), orient="row")


def test_later_cycles_change_no_feature_of_an_engine() -> None:
    frame = engines(60)
    healthy = frame.filter(pl.col("cycle") <= 15)
    whole = cmapss.wear(cmapss.features(frame, healthy))
    until_40 = (frame["cycle"] <= 40).to_numpy()
    known = cmapss.wear(cmapss.features(frame.filter(pl.col("cycle") <= 40), healthy))
    np.testing.assert_allclose(whole[until_40], known)


def test_the_remaining_life_of_an_engine_is_capped() -> None:
    left = cmapss.remaining(engines(200))
    assert (left[0], left[199], left[200 + 150]) == (125, 0, 49)


def test_an_engine_is_read_with_its_cycles(tmp_path: Path) -> None:
    write(tmp_path, "train.txt", f"2 1 {'7 ' * 24}\n1 1 {'5 ' * 24}\n")
    frame = cmapss.read(tmp_path / "train.txt")
    assert frame.select("engine", "cycle", "s21").rows() == [(1, 1, 5), (2, 1, 7)]


def hours(count: int) -> pl.DataFrame:
    draw = np.random.default_rng(5)
    load = 9_000 + 1_000 * draw.random(count)
    return pl.DataFrame(
        {
            "time": [datetime(2021, 5, 1) + timedelta(hours=hour) for hour in range(count)],  # noqa: DTZ001 - as in the file
            "load": load,
            "operator": load * (1 + 0.02 * draw.normal(size=count)),
            "price": draw.random(count),
            "sun": draw.random(count),
            "wind": draw.random(count),
        }
    )


def test_what_is_measured_after_10_the_day_before_changes_no_forecast_of_the_load() -> None:
    frame = hours(24 * 40)
    issued = datetime(2021, 6, 8, 10)  # noqa: DTZ001 - as in the file
    later = frame.with_columns(
        pl.when(pl.col("time") >= issued).then(pl.col("load") * 3).otherwise(pl.col("load")).alias("load"),
        *(
            pl.when(pl.col("time").dt.date() >= date(2021, 6, 9))
            .then(99.0)
            .otherwise(pl.col(name))
            .alias(name)
            for name in ("price", "sun", "wind")
        ),
    )
    is_tomorrow = (frame["time"].dt.date() == date(2021, 6, 9)).to_numpy()
    np.testing.assert_array_equal(entsoe.features(frame)[is_tomorrow], entsoe.features(later)[is_tomorrow])


def test_a_day_without_the_operators_forecast_takes_that_of_a_week_ago(tmp_path: Path) -> None:
    lines = [",Price_DA,Load_DA,Load_AC,Gen_SC,Sol_DA,Won_DA"]
    for hour in range(24 * 9):
        moment = datetime(2023, 6, 14) + timedelta(hours=hour)  # noqa: DTZ001 - as in the file
        forecast = 0 if moment.day == 22 else 8_000 + hour
        lines.append(
            f"{moment.month}/{moment.day}/{moment.year} {moment.hour}:00,50,{forecast},9000,8000.5,10,20"
        )
    write(tmp_path, "entsoe/BE.csv", "\n".join(lines) + "\n")
    frame = entsoe.read(tmp_path)
    assert frame["operator"][24 * 8 : 24 * 8 + 2].to_list() == [8_000 + 24, 8_000 + 25]
    assert frame["load"][0] == 9000


@pytest.mark.parametrize("day", [date(2022, 4, 18), date(2022, 5, 26), date(2022, 6, 6), date(2022, 7, 21)])
def test_belgium_rests_on_its_holidays(day: date) -> None:
    assert entsoe.is_holiday(day)
    assert not entsoe.is_holiday(day + timedelta(days=1))


def restaurant(folder: Path, days: int) -> None:
    names = ("FRI", "SAT", "SUN", "MON", "TUE", "WED", "THU")
    head = "date,weekday,month,year,is_holiday,is_closed,weekend,wind,clouds,rain,sunshine,temperature"
    lines = [
        f"{date(2013, 10, 4) + timedelta(days=day)},{names[day % 7]},OCT,2013,0,0,0,1.9,7.7,0.1,150,15.9"
        for day in range(days)
    ]
    write(folder, "yaz/yaz_data.csv", "\n".join((head, *lines)) + "\n")
    sold = [f"6,6,12,40,23,50,{20 + 10 * (day % 7)}" for day in range(days)]
    write(
        folder,
        "yaz/yaz_target.csv",
        "\n".join(("calamari,fish,shrimp,chicken,koefte,lamb,steak", *sold)) + "\n",
    )


def test_a_day_of_the_restaurant_knows_the_steaks_of_the_days_before(tmp_path: Path) -> None:
    restaurant(tmp_path, 60)
    matrix, came = yaz.read(tmp_path)
    assert came[:8].tolist() == [20, 30, 40, 50, 60, 70, 80, 20]
    assert matrix[40, 0] == (4 + 40) % 7
    assert matrix[40, 11:15].tolist() == [came[39], came[38], came[33], came[26]]
    assert matrix[40, 17] == came[40]  # the mean of four such weekdays, which are all alike


def test_a_portion_that_lacks_costs_three_times_one_that_is_left() -> None:
    assert yaz.mean_cost(np.array([10.0, 10.0]), np.array([12.0, 8.0])) == (2 * 15 + 2 * 5) / 2


def test_cells_are_read_by_the_number_in_their_name_and_look_back_only(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    path = tmp_path / "battery_ageing_mit/mit_cells.tar.gz"
    path.parent.mkdir()
    with tarfile.open(path, "w:gz") as archive:
        for number in (5, 34):
            rows = "\n".join(f"{draw.random()},{1.1 - cycle / 1000}" for cycle in range(30))
            content = f"CC Q,capacity\n{rows}\n".encode()
            entry = tarfile.TarInfo(f"./2017-05-12/2017-05-12_battery-{number}.csv")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    frame = mit_cells.read(tmp_path)
    assert frame.select("cell", "battery", "cycle").rows()[28:31] == [(0, 34, 29), (0, 34, 30), (1, 5, 1)]
    assert frame["soh"][0] == pytest.approx(1.0)
    is_known = (frame["cycle"] <= 20).to_numpy()
    np.testing.assert_array_equal(
        mit_cells.features(frame)[is_known], mit_cells.features(frame.filter(pl.col("cycle") <= 20))
    )


def test_the_error_of_cells_is_the_mean_of_each_cells_own() -> None:
    came, cells = np.array([1.0, 1.0, 1.0]), np.array([0, 0, 1])
    assert mit_cells.mean_of_cells(np.array([0.9, 1.0, 1.2]), came, cells) == pytest.approx((0.05 + 0.2) / 2)


def roads(steps: int) -> los_loop.Roads:
    draw = np.random.default_rng(2)
    return los_loop.Roads(
        60 + 5 * draw.normal(size=(steps, 6)), np.minimum(1, draw.random((6, 6)) + np.eye(6))
    )


def test_later_speeds_change_no_feature_of_a_sensor() -> None:
    whole = roads(3 * los_loop.DAY_STEPS)
    usual = los_loop.Usual.of(whole.speed[: whole.train_end])
    rows = (np.array([700, 701]), np.array([0, 3]), np.array([1, 12]))
    later = whole.speed.copy()
    later[702:] = 0
    np.testing.assert_array_equal(
        los_loop.features(whole, usual, rows),
        los_loop.features(los_loop.Roads(later, whole.nearness), usual, rows),
    )


def test_what_is_usual_leaves_out_the_value_that_is_forecast() -> None:
    speed = np.full((3 * los_loop.DAY_STEPS, 1), 60.0)
    speed[los_loop.DAY_STEPS + 99 : los_loop.DAY_STEPS + 102] = 0
    usual = los_loop.Usual.of(speed)
    steps = np.array([los_loop.DAY_STEPS + 100, 100, 3 * los_loop.DAY_STEPS + 100])
    assert usual.at(steps, np.zeros(3, dtype=np.int64)).tolist() == [60, 30, 40]


def sites(count: int) -> charged.Sites:
    draw = np.random.default_rng(4)
    numbers = np.arange(count)
    return charged.Sites(
        draw.random((count, 3)) * 50,
        draw.random((count, 3)),
        4 + numbers // 240,
        numbers % 24,
        numbers // 24 % 7 + 1,
        draw.random((count, 5)),
    )


def test_later_hours_change_no_feature_of_a_site() -> None:
    whole = sites(480)
    changed = charged.Sites(
        np.where(np.arange(480)[:, None] >= 400, 999, whole.energy),
        np.where(np.arange(480)[:, None] >= 400, 999, whole.use),
        whole.months,
        whole.clock,
        whole.weekday,
        whole.weather,
    )
    now = np.array([390, 400])
    np.testing.assert_array_equal(charged.features(whole, now, 384), charged.features(changed, now, 384))


def test_an_hour_of_the_training_part_is_left_out_of_what_is_usual_for_it() -> None:
    whole = sites(480)
    other = charged.Sites(
        whole.energy.copy(), whole.use, whole.months, whole.clock, whole.weekday, whole.weather
    )
    other.energy[200] += 1000
    place = charged.HOURS_IN + 3 + 3  # behind the hours in, the hours of use, the site, its mean and its most
    first, second = (charged.features(some, np.array([200]), 384)[:, place] for some in (whole, other))
    np.testing.assert_allclose(first, second)


def test_folds_expand_by_month_and_keep_the_order_of_time() -> None:
    assert charged.folds(sites(480).months) == [(192, 216, 240), (384, 432, 480)]


def test_folds_differ_by_one_at_most_and_are_the_same_for_a_seed() -> None:
    numbers = fold_numbers(11, 4, seed=1)
    assert sorted(np.bincount(numbers)) == [2, 3, 3, 3]
    assert (numbers == fold_numbers(11, 4, seed=1)).all()
    assert (numbers != fold_numbers(11, 4, seed=2)).any()


@pytest.mark.parametrize("learner", list(Learner))
def test_each_row_is_held_out_of_the_trees_that_forecast_it(learner: Learner) -> None:
    draw = np.random.default_rng(0)
    matrix = draw.random((120, 2))
    matrix[:, 1] = np.arange(120) // 40  # a fold can be known by this column
    came = 10 * matrix[:, 0] + 100 * matrix[:, 1]
    folds = np.arange(120) // 40
    head = Head("value", HeadKind.MEAN, learner, "", "a value")
    learnt = learn_in_folds(head, (matrix, came), folds, QUICK)
    assert np.abs(learnt.held_out[folds == 2] - came[folds == 2]).mean() > 50
    assert len(learnt.trees) == len(learnt.rounds) == 3


def test_a_figure_is_better_by_the_sense_of_its_metric() -> None:
    assert Result("RMSE", 10, "others", 20, 9).is_better
    assert not Result("macro F1", 0.9, "others", 0.5, 0.8, more_is_better=True).is_better


def test_sets_are_found_by_name_or_refused_with_all_names() -> None:
    assert [study.name for study in find_studies(["yaz", "ai4i"])] == ["yaz", "ai4i"]
    assert find_studies([]) == STUDIES
    with pytest.raises(UnknownStudyError, match="There is no set 'mnist'; choose from los_loop, ai4i"):
        find_studies(["mnist"])


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_a_folder_without_the_set_is_refused_with_the_file_it_lacks(study: object, tmp_path: Path) -> None:
    found = next(one for one in STUDIES if one is study)
    with pytest.raises(MissingDataError, match="is missing; the folder of the published sets"):
        found.run(tmp_path, QUICK, lambda _: None)


def test_the_table_names_the_set_its_reference_and_ours() -> None:
    found = Finding(find_studies(["yaz"])[0], Answer((Result("cost", 46, "others", 60, 45.5),), ""), 7, 3.2)
    console = Console(width=200, file=io.StringIO(), highlight=False)
    console.print(results_table([found]))
    assert isinstance(console.file, io.StringIO)
    (line,) = (line for line in console.file.getvalue().splitlines() if "yaz" in line)
    cells = [cell.strip() for cell in line.split("│")]
    assert cells[3:-1] == ["cost", "46 (others)", "60", "45.5", "better", "7", "3"]


def test_the_command_prints_ours_beside_the_reference(tmp_path: Path) -> None:
    restaurant(tmp_path, 120)
    asked = ("evaluate", "--published", str(tmp_path), "--set", "yaz", "--trials", "0", "--seed", "7")
    done = CliRunner().invoke(all_commands(), [*asked, "--json"])
    assert done.exit_code == 0, done.output
    (found,) = json.loads(done.stdout)["sets"]
    (result,) = found["results"]
    assert (found["set"], found["seed"], result["reference"]) == ("yaz", 7, 46.28)
    assert result["navswap"] < result["baseline"]
    assert result["is_better"]


@pytest.mark.needs_benchmark_data
def test_the_rules_of_others_come_to_what_they_published() -> None:
    folder = benchmark_data()
    _, came = yaz.read(folder)
    assert yaz.mean_cost(np.full(192, np.quantile(came[:573], 0.75)), came[573:]) == pytest.approx(
        59.95, abs=0.005
    )
    frame = pl.read_csv(folder / "entsoe/BE.csv", infer_schema_length=None).tail(13_104)
    operator, load = (frame[name].to_numpy().astype(np.float64) for name in ("Load_DA", "Load_AC"))
    assert entsoe.percentage_error(operator, load) == pytest.approx(2.872, abs=0.0005)
    whole = charged.read(folder)
    last = [
        charged.figures(
            whole.energy[begin + 11 : end - 1].reshape(-1), whole.energy[begin + 12 : end].reshape(-1)
        )
        for _, begin, end in charged.folds(whole.months)
    ]
    np.testing.assert_allclose(np.mean(last, axis=0), (78.3, 0.269, 14.55), rtol=0.005)


@pytest.mark.needs_benchmark_data
def test_the_real_files_are_read_whole() -> None:
    folder = benchmark_data()
    assert ai4i.read(folder)[1].sum() == 339
    assert los_loop.read(folder).speed.shape == (2016, 207)
    assert cmapss.read(folder / "cmapss_fd001/test_FD001.txt")["engine"].n_unique() == 100
    assert len(entsoe.read(folder)) == 74_376
    assert charged.read(folder).energy.shape == (4392, 62)
    cells = mit_cells.read(folder)
    assert (cells["cell"].n_unique(), int((cells["battery"] % 5 == 0).any())) == (125, 1)
