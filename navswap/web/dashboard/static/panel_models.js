// Forecasts: what the next hour will bring, and how what was forecast compares with what came.

import { gauge } from "./charts.js";
import { outcomes } from "./outcomes.js";
import { dayTime, empty, figure, figures, h, heading, number, percent, sentence, stationLink, table, words } from "./dom.js";
import { OVERSEERS } from "./roles.js";

const LISTED = 8;
const HOURS = 24;

/** Whose past is shown. */
const state = { model: "load" };

export const models = {
  id: "models",
  title: "Forecasts",
  roles: OVERSEERS,
  operations: ["PredictionHistory", "Models", "LoadForecasts"],
  everyMs: 60_000,
  async load({ session }) {
    const [quality, load, past] = await Promise.all([session.ask("Models", { days: 1 }), session.ask("LoadForecasts"), pastOf(session)]);
    const forecasts = (load.predictLoad ?? []).filter((one) => one.swapsP50 !== null);
    forecasts.sort((one, other) => other.swapsP50 - one.swapsP50);
    return { quality: quality.modelQuality ?? [], forecasts, past };
  },
  view({ quality, forecasts, past }, context) {
    const answering = quality.filter((model) => model.source === "MODEL").length;
    const judged = quality.filter((model) => model.lossRatio !== null);
    const better = judged.filter((model) => model.lossRatio < 1).length;
    const expected = forecasts.reduce((sum, one) => sum + one.swapsP50, 0);
    return [
      figures(
        figure("Models that answer", number(answering), `of ${quality.length}`),
        figure("Better than baseline", judged.length ? `${better} of ${judged.length}` : "–", "by outcomes of the last day"),
        figure("Swaps expected", number(expected), "in the quarter ending in an hour"),
      ),
      heading("Predictions against what came", `the last ${HOURS} hours, ${past ? past.unit : ""}`),
      choiceOfModel(quality, context),
      ...outcomes(past),
      heading("All models", "error of the model beside that of its baseline"),
      quality.length === 0 ? empty("No model is known.") : h("ol.models", { id: "model-rows" }, quality.map(modelRow)),
      heading("Busiest in an hour"),
      forecasts.length === 0
        ? empty("Nothing is forecast yet.")
        : table(
            [{ title: "Station" }, { title: "Swaps", isNumber: true }, { title: "80 %", isNumber: true }, { title: "By" }],
            forecasts.slice(0, LISTED).map((one) => [
              stationLink(one.station, context, "busy"),
              number(one.swapsP50, 1),
              `${number(one.swapsP10, 1)} – ${number(one.swapsP90, 1)}`,
              words(one.source),
            ]),
            "Busiest stations in an hour",
          ),
    ];
  },
};

async function pastOf(session) {
  const { predictionHistory } = await session.ask("PredictionHistory", { model: state.model, hours: HOURS, horizonMinutes: state.model === "load" ? 60 : null });
  return predictionHistory;
}

function choiceOfModel(quality, context) {
  const withPast = quality.filter((model) => model.model !== "action"); // which forecasts classes: they have no middle
  const choose = (event) => {
    state.model = event.target.value;
    event.target.blur();
    context.refresh();
  };
  return h("label.choice", {}, h("span", {}, "Model"), h("select", { id: "past-model", data: { key: "past-model" }, onchange: choose }, withPast.map((model) => h("option", { value: model.model, selected: model.model === state.model }, sentence(model.title)))));
}

function modelRow(model) {
  const worst = Math.max(model.error ?? 0, model.baselineError ?? 0);
  const pair = (label, value, tone) =>
    h("div.pair", {}, h("span", {}, label), gauge(value ?? 0, worst, { label: `${label}: ${number(value, 3)} ${model.measure}`, tone }), h("b", {}, number(value, 3)));
  return h(
    "li",
    {},
    h("div.model", {}, h("strong", {}, sentence(model.title)), h("span.pill", { data: { state: model.state } }, words(model.state))),
    model.error === null
      ? h("p.soft", {}, model.reason)
      : [
          pair("Model", model.error, model.lossRatio !== null && model.lossRatio < 1 ? "good" : "warn"),
          pair("Baseline", model.baselineError, null),
          h("p.soft", {}, `${model.measure ? `${model.measure}, ` : ""}${number(model.windowOutcomes)} outcomes.`, model.coverage === null ? null : ` Bands held ${percent(model.coverage)} of them; ${percent(model.promisedCoverage)} were promised.`, model.driftAt ? ` Errors changed at ${dayTime(model.driftAt)}.` : null),
        ],
  );
}
