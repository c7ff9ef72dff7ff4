-- Requests out of a file of paths, at random or in turn, and the result as one line of JSON on standard output.

local paths_file = os.getenv("BENCH_PATHS")

if paths_file then
  local requests = {}
  for path in io.lines(paths_file) do
    requests[#requests + 1] = wrk.format("GET", path, { Host = "127.0.0.1" })
  end
  math.randomseed(os.time())
  local inTurn = os.getenv("BENCH_ORDER") == "in turn"
  local index = 0
  -- Defined only where it is needed: with it wrk calls into Lua for each request.
  function request()
    index = inTurn and index % #requests + 1 or math.random(#requests)
    return requests[index]
  end
end

function done(summary, latency)
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.6f,"p50Ms":%.4f,"p99Ms":%.4f,"badStatus":%d,"broken":%d,"timeouts":%d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write,
    summary.errors.timeout))
end
