-- rows.sql: :rows sound rows of every type that rows.sh poisons.
create table item (id bigint primary key, label text, state text not null, n numeric, f double precision, at timestamp not null, tz timestamptz,
                   d date, j json, raw bytea, list int[], span interval, many text);
insert into item
  select i, 'label ' || i, (array['new', 'open', 'done'])[1 + i % 3], i / 100.0, i / 8.0, timestamp '2020-01-01' + i * interval '1 minute',
         timestamptz '2020-01-01 00:00:00+00' + i * interval '1 hour', date '2020-01-01' + i % 3000, json_build_object('no', i, 'list', array[i, i + 1]),
         decode(lpad(to_hex(i), 8, '0'), 'hex'), array[i, i], i * interval '1 second', i::text
  from generate_series(1, :rows) i;
create table note (item_id bigint not null, seq int not null, note text, primary key (item_id, seq));
insert into note select i, s, 'note ' || s from generate_series(1, :rows) i, generate_series(1, 2) s;
create table item_kept as table item;
create table note_kept as table note;
vacuum analyze;
