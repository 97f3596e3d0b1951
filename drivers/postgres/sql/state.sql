-- Where legacy stands, and what the tables $1 (an array of names) look like in this snapshot: every change of a column, an
-- index or a view is a new row of the catalog, by another transaction. has_long says that a value may be too long to be sent, to
-- stop_if_long.sql too. The control file of a standby that follows another primary learns of the new timeline at the next restartpoint;
-- what receives the log knows at once, and tells only roles with pg_read_all_stats: the timeline is null when it may not be seen.
select pg_current_snapshot() as snapshot,
       case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end as lsn,
       case when pg_is_in_recovery()
            then (select greatest(c.timeline_id, r.min_recovery_end_timeline, w.received_tli)
                  from pg_control_checkpoint() as c
                  cross join pg_control_recovery() as r
                  left join pg_stat_wal_receiver as w on true
                  where w.pid is null or w.received_tli is not null)
            else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint end as timeline,
       (select string_agg(a.xmin::text, ' ' order by n.place, a.attnum)
        from unnest($1::text[]) with ordinality as n (name, place)
        join pg_attribute as a on a.attrelid = to_regclass(n.name)
        where a.attnum > 0) as columns,
       (select string_agg(i.xmin::text, ' ' order by n.place, i.indexrelid)
        from unnest($1::text[]) with ordinality as n (name, place)
        join pg_index as i on i.indrelid = to_regclass(n.name)) as indexes,
       (with recursive heirs (place, oid) as (
            select n.place, h.inhrelid
            from unnest($1::text[]) with ordinality as n (name, place)
            join pg_inherits as h on h.inhparent = to_regclass(n.name)
            union
            select p.place, h.inhrelid from heirs as p join pg_inherits as h on h.inhparent = p.oid
        )
        select string_agg(oid::text, ' ' order by place, oid) from heirs) as heirs,
       (select string_agg(r.xmin::text, ' ' order by n.place)
        from unnest($1::text[]) with ordinality as n (name, place)
        join pg_rewrite as r on r.ev_class = to_regclass(n.name) and r.ev_type = '1') as views,
       set_config('engine.has_long', exists (select from unnest($1::text[]) as n (name)
               join pg_class as c on c.oid = to_regclass(n.name)
               where c.relkind <> 'r' or c.relhassubclass or pg_relation_size(nullif(c.reltoastrelid, 0)) > 0)::text, true) as has_long
