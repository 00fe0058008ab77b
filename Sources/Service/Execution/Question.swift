import AlgorithmInterface
import Compute
import HTTP
import JSON
import Jobs
import Settings
import Tensors

/// A request for a computation, read and checked: ready to be submitted.
struct Question {
  let description: AlgorithmDescription
  let computation: any PreparedComputation
  let options: SubmissionOptions
  let digest: SHA256Digest
  /// What the file is named by in which the inputs are kept.
  private let inputFile: SHA256Digest
  /// Among whom results and parts of them are shared.
  private let sharing: String
  /// Bytes of the request, which stay in memory while the inputs are views over them.
  let bodyBytes: Int
  /// The computation, where it was begun before the question was named.
  private let headStart: HeadStart?

  /// Bodies from here on are computed on while they are named and stored: below, that takes less
  /// than the threads need to wake up.
  private static let headStartBytes = 256 << 10

  /// Reads, checks and names what an exchange asks for.
  ///
  /// - Parameter isCertain: the question will be computed, whatever was computed before.
  init(
    _ exchange: Exchange, _ algorithm: any Algorithm, _ core: ServiceCore, isCertain: Bool = false
  ) throws(Problem) {
    let limits = core.settings.limits
    let decoder = RequestDecoder(
      algorithm: algorithm, limits: limits.tensorLimits, jsonDepth: limits.jsonDepth
    ) { (digest) throws(Problem) in try core.blob(digest) }
    let decoded = try decoder.decode(exchange.head, exchange.body, exchange.call.query)
    try self.init(
      decoded.request, decoded.options, algorithm, core, owner: exchange.call.caller.id,
      bodyBytes: exchange.body.count, isCertain: isCertain)
  }

  /// Checks and names a request that has been read.
  init(
    _ request: AlgorithmRequest, _ options: SubmissionOptions, _ algorithm: any Algorithm,
    _ core: ServiceCore, owner: String, bodyBytes: Int, isCertain: Bool = false
  ) throws(Problem) {
    if let webhook = options.webhook {
      try WebhookRule(allowedHosts: core.settings.webhooks.allowedHosts).check(webhook)
    }
    description = algorithm.description
    self.options = options
    self.bodyBytes = bodyBytes
    do throws(RequestRejection) { computation = try algorithm.prepare(request) } catch {
      throw Problem(error)
    }
    headStart =
      isCertain && bodyBytes >= Self.headStartBytes
      ? core.engine.headStart(
        cost: Self.cost(of: computation), seed: options.seed,
        run: Self.run(computation, description, sharing: nil)) : nil
    let isOwn = core.settings.cache.scope == .key
    sharing = isOwn ? owner : ""
    let inputs = QuestionDigest.of(computation.inputs)
    inputFile = inputs.file
    digest = QuestionDigest.of(
      computation, inputs: inputs.digest, description, seed: options.seed,
      processor: core.catalogue.processor,
      owner: isOwn ? owner : nil)
  }

  /// The question as the job engine takes it.
  ///
  /// What refreshes or bypasses the result cache neither uses nor keeps parts of results.
  func submission(owner: String, cacheUse: JobSubmission.CacheUse = .normal) -> JobSubmission {
    let inputs = computation.inputs
    let tensorBytes = inputs.reduce(0) { $0 + $1.tensor.byteCount }
    var submission = JobSubmission(
      owner: owner, algorithm: description.id, version: description.version,
      parameters: JSONValue.object(computation.parameters).canonical(),
      input: .encoded(count: tensorBytes, digest: inputFile) { Safetensors.write(inputs) },
      seed: options.seed,
      digest: digest,
      cost: Self.cost(of: computation),
      prepared: JobSubmission.Prepared(
        bytes: bodyBytes + tensorBytes, headStart: headStart,
        run: Self.run(
          computation, description, sharing: cacheUse == .normal ? sharing : nil)))
    submission.cacheUse = cacheUse
    submission.labels = options.labels
    submission.priority = options.priority
    submission.timeoutSeconds = options.timeoutSeconds
    submission.queueTimeoutSeconds = options.queueTimeoutSeconds
    submission.webhook = options.webhook
    return submission
  }

  private static func cost(of computation: any PreparedComputation) -> JobSubmission.Cost {
    let cost = computation.cost
    return JobSubmission.Cost(
      seconds: cost.seconds(cores: 1), bytes: cost.bytes, wide: cost.wantsAllCores)
  }

  private static func run(
    _ computation: any PreparedComputation, _ description: AlgorithmDescription, sharing: String?
  ) -> PreparedRun {
    { context in
      ComputationRunner.run(computation, description, context.sharingParts(among: sharing))
    }
  }
}

extension ServiceSettings.Limits {
  /// The bounds on tensors from outside.
  var tensorLimits: TensorLimits {
    TensorLimits(
      elements: tensorElements, headerBytes: safetensorsHeader, decodedBytes: decodedBody)
  }
}
