-- target.sql: what the floor writes into.
create table job_final (
  job_id         text primary key,
  payload_json   jsonb not null,
  transformed_at timestamptz not null
);
