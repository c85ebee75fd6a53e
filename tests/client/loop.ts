// Walks the loop of care against a running CareLoop with nothing but the types that openapi.yaml gives.
//
//   BASE_URL=http://127.0.0.1:8000 npm run loop

import { randomUUID } from "node:crypto";

import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "./schema.js";

type Problem = components["schemas"]["Problem"];
type Api = Client<paths>;

const site = process.env["BASE_URL"] ?? "http://127.0.0.1:8000";
const patience = 90_000;
const note = "Sore throat.\nAmoxicillin 500 mg: 1 tablet every 8 hours for 2 days.\n- Drink plenty of water";

function door(token?: string): Api {
  const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {};
  return createClient<paths>({ baseUrl: site, headers });
}

// What an answer holds; a refusal ends the walk with what it says.
function kept<Data>(answer: { data?: Data; error?: Problem; response: Response }): Data {
  if (answer.error !== undefined || answer.data === undefined) {
    const why = answer.error ? `${answer.error.code}: ${answer.error.detail}` : "no body";
    throw new Error(`${answer.response.status} ${answer.response.url} ${why}`);
  }
  return answer.data;
}

async function eventually<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  for (const until = Date.now() + patience; Date.now() < until; await new Promise((go) => setTimeout(go, 500))) {
    const found = await look();
    if (found !== undefined) {
      console.log(what);
      return found;
    }
  }
  throw new Error(`waited in vain: ${what}`);
}

const anybody = door();
const newcomer = kept(
  await anybody.POST("/api/v1/auth/register/", {
    body: {
      email: `${randomUUID()}@client.careloop.example`,
      password: `walk ${randomUUID()}`,
      first_name: "Nadia",
      time_zone: "Europe/Paris",
      consent: true,
    },
  }),
);
const login = kept(
  await anybody.POST("/api/v1/auth/login/", { body: { identifier: "doctor", password: "careloop-demo" } }),
);
const patient = door(newcomer.access);
const doctor = door(login.access);
console.log(`${newcomer.user.username} signed up, ${login.user.username} signed in`);

const profile = kept(await doctor.GET("/api/v1/doctors/profile/"));
const slots = kept(await anybody.GET("/api/v1/doctors/{id}/slots/", { params: { path: { id: profile.id } } }));
const slot = slots.slots.at(-1);
if (slot === undefined) throw new Error("the doctor has no free slot");
const visit = kept(
  await patient.POST("/api/v1/appointments/", {
    params: { header: { "Idempotency-Key": randomUUID() } },
    body: { doctor: profile.id, starts_at: slot.starts_at, reason: "Sore throat" },
  }),
);
console.log(`booked ${visit.starts_at} in ${slots.zone}: ${visit.status}`);

const written = kept(await doctor.POST("/api/v1/notes/", { body: { patient: visit.patient, text: note } }));
const draft = await eventually("a worker drafted a plan from the note", async () => {
  const query = { note: written.id };
  return kept(await doctor.GET("/api/v1/action-plans/", { params: { query } })).results[0];
});
kept(await doctor.POST("/api/v1/action-plans/{id}/activate/", { params: { path: { id: draft.id } }, body: {} }));

const dose = await eventually("the first dose fell due", async () => {
  const query = { plan: draft.id, state: "DUE" as const };
  return kept(await patient.GET("/api/v1/reminders/", { params: { query } })).results[0];
});
const path = { id: dose.id };
kept(await patient.POST("/api/v1/reminders/{id}/checkin/", { params: { path }, body: { outcome: "TAKEN" } }));
const again = await patient.POST("/api/v1/reminders/{id}/checkin/", { params: { path } });
if (again.response.status !== 409) throw new Error(`a second check-in answered ${again.response.status}`);

const seen = kept(await doctor.GET("/api/v1/reminders/adherence/")).results.find((row) => row.patient === visit.patient);
if (seen?.taken !== 1) throw new Error("the doctor does not see the dose that was taken");
console.log("the doctor sees it: the loop closes");
