-- Asks the targets of a file, one a line, each thread its share; says what came of it in one line.
-- With «once» behind the file a thread that has asked for all of its share stops.

local ffi = require("ffi")
ffi.cdef[[
  typedef struct { long seconds; long microseconds; } moment;
  int gettimeofday(moment *now, void *zone);
]]

local threads = {}

local function now()
  local moment = ffi.new("moment")
  ffi.C.gettimeofday(moment, nil)
  return tonumber(moment.seconds) + tonumber(moment.microseconds) / 1000000
end

function setup(thread)
  thread:set("place", #threads)
  table.insert(threads, thread)
end

local requests, last = {}, 0
local once, began = false, nil

function init(arguments)
  once = arguments[2] == "once"
  local number = 0
  for line in io.lines(arguments[1]) do
    if number % 2 == place % 2 then
      requests[#requests + 1] = wrk.format("GET", line)
    end
    number = number + 1
  end
  if #requests == 0 then
    for line in io.lines(arguments[1]) do
      requests[#requests + 1] = wrk.format("GET", line)
    end
  end
end

function request()
  if last <= 1 then
    began = now() -- wrk asks for one request before it begins
  end
  if once and last == #requests then
    spent = now() - began
    wrk.thread:stop()
    return requests[last]
  end
  last = last % #requests + 1
  return requests[last]
end

function done(summary, latency)
  local e, seconds = summary.errors, 0
  for _, thread in ipairs(threads) do
    seconds = math.max(seconds, thread:get("spent") or summary.duration / 1000000)
  end
  print(string.format("requests=%d seconds=%.6f errors=%d median=%d",
    summary.requests, seconds,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50)))
end
