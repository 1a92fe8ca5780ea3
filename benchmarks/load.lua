-- Asks the targets of a file, one a line, each thread its share; says what came of it in one line.

local threads = {}

function setup(thread)
  thread:set("place", #threads)
  table.insert(threads, thread)
end

local requests, last = {}, 0

function init(arguments)
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
  last = last % #requests + 1
  return requests[last]
end

function done(summary, latency)
  local e = summary.errors
  print(string.format("requests=%d seconds=%.6f errors=%d median=%d",
    summary.requests, summary.duration / 1000000,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50)))
end
