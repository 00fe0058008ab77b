public import Compute

/// Whole traces through policies, capacities and replications, next to the true optimum.
public struct PagingSimulation: Sendable {
  public let trace: PagingTrace
  /// True weight of each dense page.
  public let weights: [Double]
  public var capacities: [Int]
  public var policies: [PagingPolicy]
  /// Runs of each random policy; others run once.
  public var replications = 1
  public var costModel = CostModel.fetch
  public var samples = CostSamples.bernoulli
  /// Seed of all coins and samples.
  public var seed: UInt64 = 0
  /// What the engine is made with; its capacity is replaced by each of `capacities`.
  public var engine = PagingEngine.Configuration(capacity: 1)
  /// For each request the predicted time of its page's next request (`trace.count` or more for
  /// never); empty: the truth. Read by `owp-predictions`.
  public var predictions: [Double] = []
  /// Points of each cumulative curve; 0: none.
  public var curvePoints = 0
  /// Work up to which the optimum is exact.
  public var exactWork = OfflineOptimum.exactWork
  /// The optimum is computed also when the policy `opt` is not asked for, for the ratios.
  public var comparesWithOptimum = true

  /// - Parameter weights: positive, one a page of the trace.
  public init(
    trace: PagingTrace, weights: [Double], capacities: [Int], policies: [PagingPolicy]
  ) {
    precondition(weights.count == trace.pageCount)
    self.trace = trace
    self.weights = weights
    self.capacities = capacities
    self.policies = policies
  }

  /// One run: a policy, a capacity, a replication.
  private struct Task: Sendable {
    let policy: PagingPolicy
    let capacity: Int
    let replication: Int
  }

  private enum Outcome: Sendable {
    case run(PagingRun)
    case optimum(OfflineOptimum, seconds: Double, curve: [Double])
  }

  /// Runs everything, spread over the context's threads. The figures depend on the seed only (but
  /// for the speeds); those of one policy not on which others were asked for.
  public func run(_ context: ComputeContext) throws(ComputationStopped) -> PagingReport {
    let tasks = self.tasks()
    let progress = SharedProgress(total: max(1, tasks.count * trace.requests.count), context)
    let outcomes = try context.parallelMap(tasks.count) {
      (index: Int) throws(ComputationStopped) -> Outcome in
      let task = tasks[index]
      if task.policy == .opt { return try optimum(task.capacity, progress) }
      return .run(try run(task, progress, seed: seed))
    }
    var report = PagingReport()
    for (task, outcome) in zip(tasks, outcomes) {
      if case .optimum(let optimum, let seconds, let curve) = outcome {
        report.optima.append(
          PagingReport.Optimum(
            capacity: task.capacity, cost: optimum.cost, exact: optimum.exact,
            misses: optimum.exact ? optimum.paid.count { $0 } : nil, seconds: seconds))
        if !curve.isEmpty, policies.contains(.opt) {
          report.curves.append(self.curve(.opt, task.capacity, [curve]))
        }
      }
    }
    for capacity in capacities {
      for policy in policies where policy != .opt {
        var runs: [PagingRun] = []
        for (task, outcome) in zip(tasks, outcomes)
        where task.policy == policy && task.capacity == capacity {
          if case .run(let run) = outcome { runs.append(run) }
        }
        report.add(policy, capacity, runs, model: costModel)
        if curvePoints > 0 {
          report.curves.append(curve(policy, capacity, runs.map(\.curve)))
        }
      }
    }
    if policies.contains(.opt) {
      report.addOptimumRows(requests: trace.requests.count, model: costModel)
    }
    report.addRegret()
    return report
  }

  private func tasks() -> [Task] {
    var tasks: [Task] = []
    // The slowest first, so that the threads finish together.
    if comparesWithOptimum || policies.contains(.opt) {
      tasks += capacities.map { Task(policy: .opt, capacity: $0, replication: 0) }
    }
    for policy in policies where policy != .opt {
      for capacity in capacities {
        for replication in 0..<(policy.isRandom ? replications : 1) {
          tasks.append(Task(policy: policy, capacity: capacity, replication: replication))
        }
      }
    }
    return tasks
  }

  private func optimum(
    _ capacity: Int, _ progress: SharedProgress
  ) throws(ComputationStopped) -> Outcome {
    let clock = ContinuousClock()
    let start = clock.now
    let optimum = try OfflineOptimum.solve(
      trace: trace.requests, weights: weights, capacity: capacity, model: costModel,
      exactWork: exactWork, context: progress.part(trace.requests.count))
    var curve: [Double] = []
    if curvePoints > 0, optimum.exact {
      var cost = 0.0
      var recorder = CurveRecorder(points: curvePoints, requests: trace.requests.count)
      for (t, page) in trace.requests.enumerated() {
        if optimum.paid[t] { cost += weights[Int(page)] }
        recorder.record(t, cost)
      }
      curve = recorder.values
    }
    return .optimum(optimum, seconds: (clock.now - start).inSeconds, curve: curve)
  }

  private func run(
    _ task: Task, _ progress: SharedProgress, seed: UInt64
  ) throws(ComputationStopped) -> PagingRun {
    let number = PagingPolicy.allCases.firstIndex(of: task.policy) ?? 0
    let stream =
      1 << 56 | UInt64(number) << 48 | UInt64(task.replication) << 24 | UInt64(task.capacity)
    let runner = PolicyRunner(
      trace: trace, weights: weights, costModel: costModel, samples: samples,
      maxCost: engine.maxCost, curvePoints: curvePoints, progress: progress,
      sampling: RandomGenerator(seed: seed, stream: stream | 1 << 57))
    var configuration = engine
    configuration.capacity = task.capacity
    configuration.knownWeights = task.policy == .bbn
    return try runner.run(
      task.policy, configuration, predictions: predictions,
      coins: RandomGenerator(seed: seed, stream: stream))
  }

  private func curve(
    _ policy: PagingPolicy, _ capacity: Int, _ runs: [[Double]]
  ) -> PagingReport.Curve {
    let times = CurveRecorder(points: curvePoints, requests: trace.requests.count).times
    let points = times.indices.map { i in
      (requests: times[i], cost: runs.reduce(0) { $0 + $1[i] } / Double(max(1, runs.count)))
    }
    return PagingReport.Curve(
      policy: policy, capacity: capacity, requests: points.map(\.requests),
      cost: points.map(\.cost))
  }
}

extension Duration {
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
