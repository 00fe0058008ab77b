import CoreMetrics
import Dispatch
import Observability
import Testing

private func text(_ registry: MetricsRegistry) -> String {
  String(decoding: registry.exposition(), as: UTF8.self)
}

@Suite struct MetricsRegistryTests {
  @Test func writesThePrometheusText() {
    let registry = MetricsRegistry()
    registry.counter(
      "http_requests_total", help: "Requests\nanswered \\.",
      labels: ["route": "/v1/\"x\"", "s": "200"]
    ).increment(by: 3)
    registry.counter("http_requests_total", labels: ["route": "a\\b\nc", "s": "404"]).increment()
    registry.gauge("jobs_running").set(2.5)
    let histogram = registry.histogram("wait_seconds", labels: ["q": "a"], buckets: [0.1, 1])
    for value in [0.05, 0.1, 0.5, 7] { histogram.record(value) }
    registry.observe("up", help: "1 while it runs.") { 1 }
    #expect(
      text(registry) == """
        # HELP http_requests_total Requests\\nanswered \\\\.
        # TYPE http_requests_total counter
        http_requests_total{route="/v1/\\"x\\"",s="200"} 3
        http_requests_total{route="a\\\\b\\nc",s="404"} 1
        # TYPE jobs_running gauge
        jobs_running 2.5
        # HELP up 1 while it runs.
        # TYPE up gauge
        up 1
        # TYPE wait_seconds histogram
        wait_seconds_bucket{q="a",le="0.1"} 2
        wait_seconds_bucket{q="a",le="1"} 3
        wait_seconds_bucket{q="a",le="+Inf"} 4
        wait_seconds_sum{q="a"} 7.65
        wait_seconds_count{q="a"} 4

        """)
  }

  @Test func theSameNameAndLabelsAreTheSameHandle() {
    let registry = MetricsRegistry()
    registry.counter("a_total", labels: ["x": "1"]).increment()
    registry.counter("a_total", labels: ["x": "1"]).increment()
    #expect(registry.counter("a_total", labels: ["x": "1"]).value == 2)
    #expect(registry.counter("a_total", labels: ["x": "2"]).value == 0)
  }

  @Test func countsOfManyThreadsAreExact() {
    let registry = MetricsRegistry()
    let counter = registry.counter("n_total")
    let gauge = registry.gauge("g")
    let histogram = registry.histogram("h", buckets: [1, 2])
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for index in 0..<5_000 {
        counter.increment()
        gauge.add(1)
        histogram.record(Double(index % 3))
      }
    }
    #expect(counter.value == 20_000)
    #expect(gauge.value == 20_000)
    #expect(histogram.snapshot().cumulative.last == 20_000)
  }

  @Test func labelsOfOutsideTextCannotFillTheMemory() {
    let registry = MetricsRegistry(seriesLimit: 3)
    for index in 0..<100 { registry.counter("c_total", labels: ["k": "\(index)"]).increment() }
    let lines = text(registry).split(separator: "\n").dropFirst()
    #expect(lines.count == 4)
    #expect(lines.contains("c_total{k=\"other\"} 97"))
  }

  @Test func aNameKeepsItsKind() {
    let registry = MetricsRegistry()
    registry.counter("x").increment()
    registry.gauge("x").set(7)
    #expect(text(registry) == "# TYPE x counter\nx 1\n")
  }

  @Test(arguments: [
    (0.0, 0), (1, 0), (1.000_001, 1), (2, 1), (3, 2), (.infinity, 2), (-1, 0),
  ])
  func bucketBoundsAreInclusive(value: Double, bucket: Int) {
    let histogram = MetricsRegistry().histogram("h", buckets: [1, 2])
    histogram.record(value)
    histogram.record(.nan)
    let expected: [UInt64] = (0..<3).map { $0 >= bucket ? 1 : 0 }
    #expect(histogram.snapshot().cumulative == expected)
  }

  @Test func librariesCountThroughTheirOwnDoor() {
    let registry = MetricsRegistry()
    let factory = MetricsRegistryFactory(registry)
    Counter(label: "lib.calls", dimensions: [("kind", "a")], factory: factory).increment(by: 2)
    Meter(label: "lib.depth", factory: factory).set(4)
    CoreMetrics.Timer(label: "lib.time", factory: factory).recordNanoseconds(2_000_000)
    Recorder(label: "lib.sizes", dimensions: [], aggregate: true, factory: factory).record(5)
    Recorder(label: "lib.last", dimensions: [], aggregate: false, factory: factory).record(6)
    let written = text(registry)
    #expect(written.contains("lib_calls{kind=\"a\"} 2\n"))
    #expect(written.contains("lib_depth 4\n"))
    #expect(written.contains("lib_time_bucket{le=\"0.0025\"} 1\n"))
    #expect(written.contains("lib_sizes_bucket{le=\"3\"} 0\n"))
    #expect(written.contains("lib_sizes_bucket{le=\"10\"} 1\n"))
    #expect(written.contains("lib_last 6\n"))
  }

  @Test func specialValuesHaveTheirNames() {
    let registry = MetricsRegistry()
    registry.gauge("a").set(.nan)
    registry.gauge("b").set(.infinity)
    registry.gauge("c").set(-.infinity)
    registry.gauge("d").set(1e20)
    #expect(
      text(registry).split(separator: "\n").filter { !$0.hasPrefix("#") }
        == ["a NaN", "b +Inf", "c -Inf", "d 1e+20"])
  }
}
