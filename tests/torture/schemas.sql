-- schemas.sql: a legacy database of :roots items in which everything that schemas.sh alters is used.
create schema elsewhere;
create type state as enum ('new', 'open', 'done');
create type spot as (shelf text, level int);
create domain code as text;
create table kind (code code primary key, label text not null);
insert into kind select 'k' || i, 'kind ' || i from generate_series(0, 9) i;

create table item (id bigint primary key, name text not null, state state not null, amount numeric(12,2), created timestamp not null, note text,
                   spot spot, kind code not null);
insert into item
  select i, 'item ' || i, (array['new', 'open', 'done']::state[])[1 + i % 3], i / 100.0, timestamp '2020-01-01' + i * interval '1 minute',
         'note ' || i, row('shelf ' || i % 7, i % 5)::spot, 'k' || i % 10
  from generate_series(1, :roots) i;

create table part (item_id bigint not null, seq int not null, label text, primary key (item_id, seq)) partition by range (item_id);
create table part_low  partition of part for values from (0) to (:roots / 2);
create table part_high partition of part for values from (:roots / 2) to (:roots + 1);
create table part_more (item_id bigint not null, seq int not null, label text, primary key (item_id, seq));
insert into part select i, s, 'part ' || s from generate_series(1, :roots) i, generate_series(1, 2) s;
insert into part_more select :roots + i, 1, 'of nobody' from generate_series(1, 10) i;

create table mark (item_id bigint not null, seq int not null, v text, primary key (item_id, seq));
create table mark_old (primary key (item_id, seq)) inherits (mark);
insert into mark select i, 1, 'mark' from generate_series(1, :roots, 2) i;
insert into mark_old select i, 2, 'old mark' from generate_series(1, :roots, 3) i;
create table mark_kept as select * from only mark;
create table item_kept as select * from item;
grant usage on schema elsewhere to public;
vacuum analyze;
