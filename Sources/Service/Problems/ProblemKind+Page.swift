/// What the page of an error says.
struct ProblemPage: Sendable {
  /// The `title` of the problem document: the same for every occurrence (RFC 9457, 3.1.3).
  var title: String
  /// What happened.
  var meaning: String
  /// What a caller can do about it.
  var advice: String
}

extension ProblemKind {
  var title: String { page.title }

  var page: ProblemPage {
    switch self {
    case .invalidHTTP, .invalidJSON, .invalidTensor, .unauthorized, .forbidden, .notFound,
      .methodNotAllowed, .notAcceptable, .unsupportedMediaType, .preconditionFailed,
      .expectationFailed, .rangeNotSatisfiable, .requestTimeout, .tooLarge, .rateLimited:
      requestPage
    case .validation, .unsupportedDtype, .idempotencyMismatch, .digestMismatch,
      .numericalFailure, .timeout:
      contentPage
    case .jobNotFinished, .cancelled, .idempotencyConflict, .sequenceGap, .conflict,
      .resultExpired, .sessionExpired, .internalError, .queueFull, .draining, .unavailable,
      .storageFull:
      statePage
    }
  }

  /// Errors of the message: its form, its sender, its place.
  private var requestPage: ProblemPage {
    switch self {
    case .invalidHTTP:
      ProblemPage(
        title: "The message is not valid here",
        meaning: "The HTTP message is malformed, or its query has a parameter that this path does "
          + "not know.",
        advice: "Read the detail: it names the parameter or the rule. A misspelt parameter is the "
          + "commonest cause; the paths and their parameters are in /openapi.json.")
    case .invalidJSON:
      ProblemPage(
        title: "The body is not JSON",
        meaning: "The text breaks the grammar of JSON, names a member twice, is nested too deeply, "
          + "or holds a number that no 64-bit float holds.",
        advice: "The detail gives the byte. NaN and Infinity are not JSON: send npy or safetensors "
          + "where a file has to hold what JSON cannot (they are refused in inputs all the same).")
    case .invalidTensor:
      ProblemPage(
        title: "The tensor file is malformed",
        meaning: "An npy, npz, safetensors or base64 tensor breaks a rule of its format.",
        advice: "Write the file again with numpy.save, numpy.savez or safetensors. Object arrays "
          + "are refused.")
    case .unauthorized:
      ProblemPage(
        title: "A key is needed",
        meaning: "The request has no key, or one that is unknown, revoked or expired.",
        advice: "Send `Authorization: Bearer mq_ID_SECRET`. Keys are made with `matquay keys "
          + "create` or by POST /v1/keys.")
    case .forbidden:
      ProblemPage(
        title: "The key may not do this",
        meaning: "The key is valid, but its scopes do not reach this route.",
        advice: "Use a key with the scope that the detail names.")
    case .notFound:
      ProblemPage(
        title: "There is nothing here",
        meaning: "The path names nothing, or something that another key owns, or a job that is "
          + "gone after its retention.",
        advice: "Start at GET / and follow the links.")
    case .methodNotAllowed:
      ProblemPage(
        title: "The path does not take this method",
        meaning: "The path is known, the method is not among those it takes.",
        advice: "Use one of the methods of the `Allow` field.")
    case .notAcceptable:
      ProblemPage(
        title: "No form of the answer is acceptable",
        meaning: "Nothing that `Accept` lists can be made of this answer.",
        advice: "Ask for application/json, application/vnd.safetensors, application/x-npz, or for "
          + "application/x-npy with ?output=NAME where there are several outputs.")
    case .unsupportedMediaType:
      ProblemPage(
        title: "The body's type is not taken",
        meaning: "The `Content-Type` or `Content-Encoding` of the body is none that this path "
          + "reads.",
        advice: "Send one of the types of the `Accept-Post` field. `curl -d` needs "
          + "`-H 'Content-Type: application/json'`.")
    case .preconditionFailed:
      ProblemPage(
        title: "A precondition does not hold",
        meaning: "`If-Match` or `If-Unmodified-Since` does not fit what is stored.",
        advice: "Get the resource again and repeat the request with its new ETag.")
    case .expectationFailed:
      ProblemPage(
        title: "The expectation is not known",
        meaning: "`Expect` holds something other than 100-continue.",
        advice: "Leave the field out.")
    case .rangeNotSatisfiable:
      ProblemPage(
        title: "The range lies outside",
        meaning: "`Range` asks for bytes that the representation does not have.",
        advice: "`Content-Range` gives its length.")
    case .requestTimeout:
      ProblemPage(
        title: "The request came too slowly",
        meaning: "Head or body did not arrive in time.",
        advice: "Send the body without long pauses, or upload the tensors as blobs first.")
    case .rateLimited:
      ProblemPage(
        title: "Too many requests",
        meaning: "The key or the address has used up its rate.",
        advice: "Wait for `Retry-After` seconds; `RateLimit` says what is left.")
    default:
      ProblemPage(
        title: "Something is too large",
        meaning: "The request line, the head, the body or the decoded body is over its limit.",
        advice: "The detail gives the limit. Binary formats are 2 to 5 times smaller than JSON; "
          + "params may go into the body instead of the query.")
    }
  }

  /// Errors of what the message says.
  private var contentPage: ProblemPage {
    switch self {
    case .validation:
      ProblemPage(
        title: "The request does not validate",
        meaning: "A param, an input or another member has a value, shape, range or name that is "
          + "not taken: a ragged array, a non-finite element, an unknown member.",
        advice: "`errors` lists everything found, each with its JSON Pointer. The forms are in "
          + "GET /v1/algorithms/{id}; POST …/validate checks without running.")
    case .unsupportedDtype:
      ProblemPage(
        title: "The element type is not taken",
        meaning: "A tensor has a dtype that the format or the algorithm does not take.",
        advice: "Convert it; `inputs[].dtypes` of GET /v1/algorithms/{id} lists what is taken.")
    case .idempotencyMismatch:
      ProblemPage(
        title: "The idempotency key was used for something else",
        meaning: "The same caller sent another payload to the same path under this key.",
        advice: "Make a new key for each new request.")
    case .digestMismatch:
      ProblemPage(
        title: "The bytes have another digest",
        meaning: "The SHA-256 of the body is not the one in the path.",
        advice: "Compute the digest over the body as it is sent, before any content coding.")
    case .timeout:
      ProblemPage(
        title: "The job ran out of time",
        meaning: "The job was stopped at its `timeout_seconds` or waited longer than its "
          + "`queue_timeout_seconds`.",
        advice: "Give it more time, or make the problem smaller; `estimate_seconds` of the job and "
          + "POST …/validate predict how long it takes.")
    default:
      ProblemPage(
        title: "The numbers allow no answer",
        meaning: "The algorithm ended without a result for a numerical reason; `errors[].code` "
          + "names it. The same request fails again, so it is not retried.",
        advice: "Read the detail: it says which quantity failed, and often which param helps.")
    }
  }

  /// Errors of what is already there: jobs, results, sessions, the service itself.
  private var statePage: ProblemPage {
    switch self {
    case .jobNotFinished:
      ProblemPage(
        title: "The job is not finished",
        meaning: "There is no result yet.",
        advice: "Ask again after `Retry-After` seconds, poll the job with `Prefer: wait=10` and "
          + "`If-None-Match`, or read its events.")
    case .cancelled:
      ProblemPage(
        title: "The job was cancelled",
        meaning: "It ended without a result because someone asked for that.",
        advice: "POST /v1/jobs/{id}/retry runs it again.")
    case .idempotencyConflict:
      ProblemPage(
        title: "The first request with this key is still being read",
        meaning: "Two requests with one idempotency key arrived at the same time.",
        advice: "Repeat this one when the first is answered.")
    case .sequenceGap:
      ProblemPage(
        title: "The batch does not follow the last one",
        meaning: "`seq` is not the number of requests that the session has seen.",
        advice: "`next` says which one comes next.")
    case .conflict:
      ProblemPage(
        title: "The state does not allow this",
        meaning: "The resource is in a state in which the action makes no sense.",
        advice: "Get it and look at its state.")
    case .resultExpired:
      ProblemPage(
        title: "The result is gone",
        meaning: "Results are kept until `expires_at` of their job.",
        advice: "POST /v1/jobs/{id}/retry or send the request again.")
    case .sessionExpired:
      ProblemPage(
        title: "The session is gone",
        meaning: "It was idle for too long.",
        advice: "Make a new one; a snapshot taken earlier continues where it was taken.")
    case .queueFull:
      ProblemPage(
        title: "The queue is full",
        meaning: "As many jobs wait as the service takes.",
        advice: "Come back after `Retry-After` seconds.")
    case .draining:
      ProblemPage(
        title: "The service is shutting down",
        meaning: "It finishes what runs and takes nothing new. Queued jobs are kept.",
        advice: "Come back after `Retry-After` seconds, or go to another replica.")
    case .unavailable:
      ProblemPage(
        title: "The service cannot answer now",
        meaning: "Its store is away, or it holds as many bodies or streams as it can.",
        advice: "Come back after `Retry-After` seconds.")
    case .storageFull:
      ProblemPage(
        title: "The disk is full",
        meaning: "The data directory has reached its limit, even without its cache.",
        advice: "Delete finished jobs, or ask the operator for more room.")
    default:
      ProblemPage(
        title: "The service failed",
        meaning: "Something went wrong that is not the caller's fault.",
        advice: "Report it with the `request_id`: the same id is in the service's log.")
    }
  }
}
