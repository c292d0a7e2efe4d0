// What a stranger writes with the types that openapi-typescript makes, by openapi-fetch: post, wait, list, read.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const client = createClient<paths>({ baseUrl: process.argv[2] ?? "" });

async function ended(body: components["schemas"]["FitRequest"]) {
  const { data, error } = await client.POST("/fit", { body, params: { header: { prefer: "wait=60" } } });
  if (data === undefined) throw new Error(error.detail);
  return data;
}

const tutorial = await ended({});
const path = { fit_id: tutorial.id };
const { data: read } = await client.GET("/fit/{fit_id}", { params: { path } });
const { data: history } = await client.GET("/fit/{fit_id}/history", { params: { path, query: { max_points: 10 } } });

const line = await ended({
  target: { x: [0, 1, 2, 3, 4], y: [0.9, 3.1, 5.0, 7.2, 8.9] },
  model: "intercept + slope * x",
  parameters: { intercept: 0, slope: { start: 1 } },
  metadata: { client: tutorial.id },
});
const query = { status: ["succeeded" as const], metadata: { client: tutorial.id } };
const { data: page } = await client.GET("/fit", { params: { query } });
const { error } = await client.POST("/fit", { body: { model: "a +" } });

console.log(
  JSON.stringify({
    tutorial: [read?.status, read?.result?.coefficients],
    losses: typeof history === "object" && history.data.map((point) => point.loss),
    data: ["y" in line.target && line.target.y, line.result?.coefficients],
    listed: page?.data.length === 1 && page.data[0].id === line.id,
    refused: [error?.type, error?.errors?.map((field) => field.pointer)],
  }),
);
