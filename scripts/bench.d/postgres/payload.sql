-- payload.sql: the records that the floor is given ready made; rule.lua makes the same of the same rows.
copy (
  select 'tsk_' || d.del_id as job_id,
         json_build_object(
           'jobId', 'tsk_' || d.del_id, 'externalId', d.delivery_ref,
           'state', case upper(status) when 'CREATED' then 'CREATED' when 'ASSIGNED' then 'ASSIGNED' when 'PICKED_UP' then 'IN_PROGRESS'
                      when 'IN_PROGRESS' then 'IN_PROGRESS' when 'DELIVERED' then 'COMPLETED' when 'COMPLETED' then 'COMPLETED'
                      else 'CANCELED' end,
           'createdAt', created_ts, 'updatedAt', updated_ts,
           'completedAt', case when upper(status) in ('DELIVERED', 'COMPLETED') then updated_ts end,
           'actorId', actor_id,
           'attributes', (select json_object_agg(lower(trim(k)), trim(v)) from del_meta m where m.del_id = d.del_id),
           'lineage', json_build_object('sourceSystem', 'legacy', 'sourceTables', json_build_array('del', 'del_events', 'del_meta'),
                        'sourcePrimaryKeys', json_build_object('del_id', d.del_id::text), 'transformedAt', now(), 'transformVersion', 'v3')
         ) as payload_json,
         now() as transformed_at
  from del d
  order by d.del_id
) to stdout
