"""Host scripts: the turns at hosts over all workers, each question one atomic step (Lua).

A host is a hash: its `lease` (the key of the worker's connection that asks it now) and until when it has it at the
most (`over`), its `turn` (a fence token: the number of the last lease), when it `answered`, before when nobody may ask
it (`later`), the `delay` that its robots.txt asks for. Times are milliseconds of the store's own clock. A lease lapses
when its worker's connection is not heard of any more; then the host is taken to have answered as that is found.
"""

REMEMBERED = 3_600_000  # milliseconds for which a host is remembered after all that is known of it is over

_NOW = """
local time = redis.call('TIME')
local now, host = time[1] * 1000 + math.ceil(time[2] / 1000), KEYS[1]
"""

# Takes a host for one request: the number of the turn and 0, or 0 and milliseconds to wait before asking again.
# KEYS: host, lease of who asks. ARGV: milliseconds that a request takes at most, from an answer to the next request,
# and the same as robots.txt says, '' where it was not read.
TAKE_HOST = f"""{_NOW}
if ARGV[3] ~= '' then redis.call('HSET', host, 'delay', ARGV[3]) end
local lease, over, answered, later, delay =
  unpack(redis.call('HMGET', host, 'lease', 'over', 'answered', 'later', 'delay'))
if lease then
  if lease ~= KEYS[2] and tonumber(over) > now and redis.call('EXISTS', lease) == 1 then
    return {{0, math.min(tonumber(over) - now, 100)}}
  end
  redis.call('HDEL', host, 'lease', 'over')
  redis.call('HSET', host, 'answered', now)
  answered = now
end
local ready, pause = tonumber(later or '0'), math.max(tonumber(ARGV[2]), tonumber(delay or '0'))
if answered then ready = math.max(ready, math.min(tonumber(answered), now) + pause) end
if ready > now then return {{0, ready - now}} end
local turn = redis.call('HINCRBY', host, 'turn', 1)
redis.call('HSET', host, 'lease', KEYS[2], 'over', now + ARGV[1])
redis.call('PEXPIRE', host, ARGV[1] + pause + {REMEMBERED})
return {{turn, 0}}
"""

# The host has answered. KEYS: host. ARGV: number of the turn, which is not another's yet.
LEAVE_HOST = f"""{_NOW}
if redis.call('HGET', host, 'turn') ~= ARGV[1] or redis.call('HDEL', host, 'lease', 'over') == 0 then return 0 end
redis.call('HSET', host, 'answered', now)
return 1
"""

# Nobody asks the host for some milliseconds. KEYS: host. ARGV: these.
PUT_OFF_HOST = f"""{_NOW}
redis.call('HSET', host, 'later', math.max(now + ARGV[1], tonumber(redis.call('HGET', host, 'later') or '0')))
redis.call('PEXPIRE', host, ARGV[1] + {REMEMBERED})
return 1
"""
