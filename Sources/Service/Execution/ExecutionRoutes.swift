import AlgorithmInterface
import HTTP
import HTTPTypes
import JSON
import Jobs
import Settings
import Synchronization

/// `POST /v1/algorithms/G/execution` and `…/validate`: the service's main job.
struct ExecutionRoutes {
  let core: ServiceCore

  var routes: [Route] {
    var execution = Route(
      .post, "/v1/algorithms/{algorithm}/execution", scope: .submit, query: .parameters,
      bodyLimit: nil,
      RouteDocumentation(
        "execution", "Run the algorithm: the result, or a job where it takes longer.",
        answers: [
          .init(200, "The result.", OpenAPIComponents.resultContent),
          .json(202, "A job; its Location is where to look.", "Job"),
        ], problems: [401, 403, 409, 504])
    ) { (exchange) throws(Problem) in try execute(exchange) }
    execution.precheck = { [core] (call) throws(Problem) in
      _ = try core.algorithm(call)
      try core.refuseWhileDraining()
      _ = try ResultWish(call)
      return try IdempotencyRule.reserve(call, core.engine)
    }
    var validation = Route(
      .post, "/v1/algorithms/{algorithm}/validate", scope: .submit, query: .parameters,
      bodyLimit: nil,
      RouteDocumentation(
        "execution", "Check a request and estimate it without running it.",
        answers: [.json(200, "It is valid.", "Validation")], problems: [401, 403])
    ) { (exchange) throws(Problem) in try validate(exchange) }
    validation.precheck = { [core] (call) throws(Problem) in
      _ = try core.algorithm(call)
      return nil
    }
    return [execution, validation]
  }

  private func validate(_ exchange: Exchange) throws(Problem) -> Response {
    let question = try Question(exchange, try core.algorithm(exchange.call), core)
    let cost = question.computation.cost
    return .json([
      "valid": true,
      "estimate": [
        "seconds": .number(
          core.engine.estimateSeconds(
            cost.seconds(cores: core.engine.configuration.workers),
            algorithm: question.description.id)),
        "bytes": .integer(Int64(cost.bytes)),
      ],
      "derived": .object(question.computation.derived),
      "digest": .string(question.digest.description),
      "cached": .bool(core.engine.isCached(question.digest)),
    ])
  }

  private func execute(_ exchange: Exchange) throws(Problem) -> Response? {
    let call = exchange.call
    let key = try IdempotencyRule.key(of: exchange)
    let control = CacheControl(call.head[.cacheControl])
    let plan = WaitPlan(Preferences(call.head[.prefer]), core.settings.sync)
    // Nothing but this request's own computation answers it, and who asked waits for it.
    let isCertain = control.use != .normal && key == nil && plan.seconds > 0
    let question = try Question(
      exchange, try core.algorithm(call), core, isCertain: isCertain)
    let wish = try ResultWish(call)
    var submission = question.submission(owner: call.caller.id, cacheUse: control.use)
    submission.idempotency = key
    submission.traceparent = TraceParent.valid(call.head[.traceparent])
    let answer = ExecutionAnswer(
      core: core, head: call.head, wish: wish, plan: plan, control: control)
    submit(submission, exchange, answer)
    return nil
  }

  /// Answers when the job is over or the time is up. No thread waits meanwhile.
  private func submit(
    _ submission: JobSubmission, _ exchange: Exchange, _ answer: ExecutionAnswer
  ) {
    let plan = answer.plan
    let deadline =
      plan.seconds > 0
      ? core.clock.now().adding(milliseconds: Int64(plan.seconds * 1000)) : nil
    let job = core.engine.submit(submission, waitUntil: deadline) { result in
      exchange.send(result, as: answer.response)
    }
    // Whoever gave a key or asked for 202 will come back for the job.
    if plan.respondsAsync || submission.idempotency != nil { return }
    let engine = core.engine
    exchange.onDisconnect { engine.abandon(job) }
  }
}
