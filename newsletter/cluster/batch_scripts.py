"""Batch scripts: questions to the store, each one atomic step (Lua).

A batch is a hash: its `state` (new, begun, done, back), its `owner` (the worker's connection), and for each message, by
the number of its delivery, `a` once it was attempted, `r` its receipt, `x` once it must not leave. All keys lie under a
prefix with the fingerprint.
"""

# KEYS: batch, lease of the owner, events. ARGV: owner, milliseconds of the lease, batch, worker.
BEGIN = """
local state, owner = unpack(redis.call('HMGET', KEYS[1], 'state', 'owner'))
if not state then return 'gone' end
if state ~= 'new' and not (state == 'begun' and owner == ARGV[1]) then return state end
redis.call('SET', KEYS[2], '1', 'PX', ARGV[2])
if state == 'new' then
  redis.call('HSET', KEYS[1], 'state', 'begun', 'owner', ARGV[1])
  redis.call('XADD', KEYS[3], '*', 'kind', 'begun', 'batch', ARGV[3], 'owner', ARGV[1], 'worker', ARGV[4])
end
return 'go'
"""

# Writes receipts, and says whether the next message may leave: then it is attempted from now on.
# KEYS: batch, events, lease of the coordinator.
# ARGV: owner, batch, name of this try, next or '', then number and receipt of each answer.
STEP = """
local batch, owner, attempt, following = KEYS[1], ARGV[1], ARGV[3], ARGV[4]
local state, held_by = unpack(redis.call('HMGET', batch, 'state', 'owner'))
for i = 5, #ARGV, 2 do
  if not state or redis.call('HSETNX', batch, 'r' .. ARGV[i], ARGV[i + 1]) == 1 then
    redis.call('XADD', KEYS[2], '*', 'kind', 'receipt', 'batch', ARGV[2], 'id', ARGV[i], 'box', ARGV[i + 1])
  end
  if not state then redis.call('EXPIRE', batch, 3600); redis.call('EXPIRE', KEYS[2], 3600) end
end
if following == '' then return 'ok' end
if not state then return 'gone' end
if state ~= 'begun' or held_by ~= owner then return 'back' end
local tried, answered, held = unpack(redis.call('HMGET', batch, 'a' .. following, 'r' .. following, 'x' .. following))
if tried == attempt and not answered then return 'go' end
if tried or answered then return 'seen' end
if held then return 'held' end
if redis.call('EXISTS', KEYS[3]) == 0 then return 'orphan' end
redis.call('HSET', batch, 'a' .. following, attempt)
return 'go'
"""

# Its coordinator may have all receipts by then, and have dropped the batch: what was done counts all the same.
# KEYS: batch, parcels, events, worker. ARGV: owner, batch, queue, how much was done of it.
FINISH = """
local state, owner = unpack(redis.call('HMGET', KEYS[1], 'state', 'owner'))
if state == 'begun' and owner == ARGV[1] then
  redis.call('HSET', KEYS[1], 'state', 'done')
  redis.call('DEL', KEYS[2])
  redis.call('XADD', KEYS[3], '*', 'kind', 'done', 'batch', ARGV[2])
end
redis.call('HINCRBY', KEYS[4], ARGV[3], ARGV[4])
redis.call('EXPIRE', KEYS[4], 86400)
return 'ok'
"""

# KEYS: batch, parcels. All that is known of it; nothing where it is gone.
TAKE_BACK = """
local state = redis.call('HGET', KEYS[1], 'state')
if not state then return {} end
if state ~= 'done' then redis.call('HSET', KEYS[1], 'state', 'back') end
redis.call('DEL', KEYS[2])
return redis.call('HGETALL', KEYS[1])
"""

# KEYS: batch. ARGV: messages that must not leave.
HOLD = """
if redis.call('EXISTS', KEYS[1]) == 1 then
  for i = 1, #ARGV do redis.call('HSET', KEYS[1], 'x' .. ARGV[i], '1') end
end
return 'ok'
"""

# Takes the next slot of a relay, by the store's own clock: milliseconds until then.
# KEYS: slot. ARGV: messages a minute.
SLOT = """
local time, gap = redis.call('TIME'), 60000 / tonumber(ARGV[1])
local now, last = time[1] * 1000 + math.floor(time[2] / 1000), tonumber(redis.call('GET', KEYS[1]) or '0')
if last > now + 3600000 then last = now end
local slot = math.max(now, last + gap)
redis.call('SET', KEYS[1], tostring(slot), 'PX', math.ceil(slot - now + gap + 60000))
return math.ceil(slot - now)
"""

# Takes a place for an open connection to a relay, or keeps it: 1; 0: all are taken, and it is wanted.
# KEYS: places, want. ARGV: owner, how many there are, milliseconds of its lease.
TAKE_PLACE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZSCORE', KEYS[1], ARGV[1]) or redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[2]) then
  redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return 1
end
redis.call('SET', KEYS[2], '1', 'PX', 2000)
return 0
"""
