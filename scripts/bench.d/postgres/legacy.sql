-- legacy.sql: the legacy database that scripts/bench.d/postgres.sh moves: :roots deliveries, three events and four attributes each.
create table del (
  del_id       bigint primary key,
  delivery_ref text not null,
  status       text not null,
  created_ts   timestamp not null,
  updated_ts   timestamp not null,
  actor_id     text,
  amount       numeric(12,2)
);
create table del_events (
  del_id bigint not null,
  seq    int not null,
  kind   text not null,
  at     timestamp not null,
  actor  text,
  primary key (del_id, seq)
);
create table del_meta (
  del_id bigint not null,
  k      text not null,
  v      text,
  primary key (del_id, k)
);
insert into del
  select i, 'DLV-' || lpad(i::text, 9, '0'),
         (array['created', 'ASSIGNED', 'PICKED_UP', 'in_progress', 'DELIVERED', 'COMPLETED', 'CANCELED', 'CANCELLED'])[1 + (hashint8(i) & 7)],
         timestamp '2018-01-01' + (i || ' seconds')::interval, timestamp '2018-01-02' + (i || ' seconds')::interval,
         case when i % 7 = 0 then null else 'drv-' || (i % 5000) end, (i % 100000) / 100.0
  from generate_series(1, :roots) i;
insert into del_events
  select i, s, (array['created', 'assigned', 'delivered'])[s],
         timestamp '2018-01-01' + (i || ' seconds')::interval + (s || ' minutes')::interval, 'drv-' || (i % 5000)
  from generate_series(1, :roots) i, generate_series(1, 3) s;
insert into del_meta
  select i, (array[' Region ', 'vehicle', 'Priority', 'notes'])[s],
         (array['eu-west-1 ', 'bike', (i % 5)::text, 'leave at door ' || i])[s]
  from generate_series(1, :roots) i, generate_series(1, 4) s;
vacuum analyze; -- else whoever comes first pays for the hint bits, and autovacuum comes in between
