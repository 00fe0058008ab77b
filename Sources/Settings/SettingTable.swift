/// The one table of settings: the file, the flags, the environment, the help, the documentation
/// and `config print` are all made from it.
public enum SettingTable {
  /// What the environment variables of the service begin with.
  public static let variablePrefix = "MATQUAY_"
  /// Variables with the prefix that are not settings: the settings file's path, and the client's.
  public static let otherVariables: Set<String> = [
    "MATQUAY_CONFIG", "MATQUAY_URL", "MATQUAY_API_KEY",
  ]

  /// Sections in the order of the file, each with what it is about.
  public static let sections: [(name: String, summary: String)] = [
    ("server", "Where the service listens, and with how many threads it answers."),
    ("admin", "A second address that serves health and metrics only."),
    ("tls", "TLS 1.2 and 1.3; on when a certificate is named. Read anew on SIGHUP."),
    ("auth", "Who may call. Without keys the service listens on loopback only."),
    ("storage", "Where jobs, results and sessions are kept."),
    ("compute", "What may compute at one time."),
    ("queue", "Jobs that wait."),
    ("jobs", "Leases and attempts of running jobs."),
    ("retention", "How long things are kept."),
    ("cache", "Results kept for the same question asked again."),
    ("sync", "How long a request waits for its result before it becomes a job."),
    ("paging", "Live paging sessions."),
    ("webhooks", "Calls out when a job is over; off while no host is allowed."),
    ("cors", "Pages of other origins that may call from a browser."),
    ("drain", "How the process ends on SIGTERM."),
    ("log", "Log lines on standard error."),
    ("limits", "Bounds on what comes from outside."),
  ]

  /// Every key, in the order of the file.
  public static let keys: [SettingKey] =
    listening + guarding + keeping + computing + answering + messageLimits + connectionLimits

  /// The key of a name such as `server.port`.
  public static func key(_ name: String) -> SettingKey? { byName[name] }

  package static let byName = Dictionary(uniqueKeysWithValues: keys.map { ($0.name, $0) })
  package static let byFlag: [String: SettingKey] = {
    var flags: [String: SettingKey] = [:]
    for key in keys {
      flags[key.flag] = key
      if let short = key.shortFlag { flags["--" + short] = key }
    }
    return flags
  }()
  package static let byVariable = Dictionary(uniqueKeysWithValues: keys.map { ($0.variable, $0) })

  private static let port = SettingType<Int>.integer(in: 0...65535)
  private static let year = Duration.seconds(365 * 24 * 3600)

  private static let listening: [SettingKey] = [
    SettingKey(
      "server.host", \.server.host, .text, short: "host",
      "Address to listen on. Beyond loopback the service starts only with keys or "
        + "auth.insecure_no_auth."),
    SettingKey(
      "server.port", \.server.port, port, short: "port", "Port to listen on; 0 takes any free one."),
    SettingKey(
      "server.unix_socket", \.server.unixSocket, .text, none: "",
      "Path of a UNIX socket to listen on as well; empty: none."),
    SettingKey(
      "server.io_loops", \.server.ioLoops, .integer(in: 1...64), short: "io-loops",
      "Event loops. One is fastest up to several cores."),
    SettingKey(
      "server.request_threads", \.server.requestThreads, .integer(in: 1...256),
      "Threads that decode, validate, talk to the store and encode."),
    SettingKey(
      "server.trusted_proxies", \.server.trustedProxies, .list,
      "Addresses, networks (CIDR) or unix, whose Forwarded and X-Forwarded-For fields are believed."
    ),
    SettingKey("admin.host", \.admin.host, .text, "Address of the admin listener."),
    SettingKey(
      "admin.port", \.admin.port, port, none: "off",
      "Port of the admin listener; 0 takes any free one, off: no such listener."),
    SettingKey(
      "tls.certificate", \.tls.certificate, .text, none: "",
      "PEM file with the certificate chain; empty: no TLS."),
    SettingKey(
      "tls.key", \.tls.key, .text, none: "", "PEM file with the certificate's private key."),
    SettingKey(
      "tls.client_ca", \.tls.clientCA, .text, none: "",
      "PEM file with the authorities of client certificates; empty: none are asked for."),
  ]

  private static let guarding: [SettingKey] = [
    SettingKey(
      "auth.keys_file", \.auth.keysFile, .text, none: "",
      "File of API keys for containers, read anew on SIGHUP; keys of the store hold beside it."),
    SettingKey(
      "auth.poll", \.auth.poll, .duration(in: .milliseconds(100)...(.seconds(3600))),
      "How often the files of keys are looked at for what other replicas or matquay keys changed."),
    SettingKey(
      "auth.insecure_no_auth", \.auth.insecureNoAuth, .truth, short: "insecure-no-auth",
      "Listen beyond loopback without keys: everyone who reaches the port may do everything."),
    SettingKey(
      "auth.client_names", \.auth.clientNames, .mapping,
      "Client certificate names (CN or SAN), each with the id of the key it stands for."),
  ]

  private static let keeping: [SettingKey] = [
    SettingKey(
      "storage.path", \.storage.path, .text, "Directory of the database, the blobs and the lock."),
    SettingKey(
      "storage.url", \.storage.url, .text, none: "", secret: true,
      "Empty: SQLite in storage.path. postgresql://… lets several replicas share one queue."),
    SettingKey(
      "storage.durability", \.storage.durability, .choice,
      "full: a commit survives power loss. normal: the last ones may not; a crash loses none."),
    SettingKey(
      "storage.max_bytes", \.storage.maxBytes, .size(in: (16 << 20)...Int.max),
      "Bytes of the data directory; the cache is evicted first, then 507."),
  ]

  private static let computing: [SettingKey] = [
    SettingKey(
      "compute.workers", \.compute.workers, .integer(in: 1...1024), none: "auto",
      "Threads that compute; auto: the cores of the machine or cgroup."),
    SettingKey(
      "compute.memory_bytes", \.compute.memoryBytes,
      .size(in: (64 << 20)...Int.max), none: "auto",
      "Memory of running jobs; auto: 60 % of the machine or cgroup."),
    SettingKey(
      "queue.max_jobs", \.queue.maxJobs, .integer(in: 1...10_000_000),
      "Jobs that may wait; past it 503."),
    SettingKey(
      "queue.concurrency", \.queue.concurrency, .counts,
      "Running jobs of one algorithm at a time, by its id; absent: no bound."),
    SettingKey(
      "jobs.lease", \.jobs.lease, .duration(in: .seconds(1)...year),
      "A running job whose worker is silent this long goes back to the queue."),
    SettingKey(
      "jobs.heartbeat", \.jobs.heartbeat, .duration(in: .milliseconds(100)...year),
      "How often a worker renews its leases."),
    SettingKey(
      "jobs.reaper", \.jobs.reaper, .duration(in: .milliseconds(100)...year),
      "How often expired leases are looked for."),
    SettingKey(
      "jobs.cancel_poll", \.jobs.cancelPoll, .duration(in: .milliseconds(10)...year),
      "How often running jobs' cancellation is looked up in the store."),
    SettingKey(
      "jobs.max_attempts", \.jobs.maxAttempts, .integer(in: 1...100),
      "Attempts of a job; only crashes spend them."),
    SettingKey(
      "jobs.inline_bytes", \.jobs.inlineBytes, .size(in: 0...(1 << 20)),
      "Inputs and results up to this size live in the job's row, larger ones in blob files."),
    SettingKey(
      "retention.results", \.retention.results, .duration(in: .seconds(1)...year),
      "A result is kept this long whatever the cache evicts; then 410."),
    SettingKey(
      "retention.jobs", \.retention.jobs, .duration(in: .seconds(1)...year),
      "A job that is over is listed this long; then 404."),
    SettingKey(
      "retention.idempotency_keys", \.retention.idempotencyKeys,
      .duration(in: .seconds(1)...year), "An Idempotency-Key is remembered this long."),
    SettingKey(
      "retention.blobs", \.retention.blobs, .duration(in: .seconds(1)...year),
      "A blob that nothing refers to is kept this long."),
    SettingKey(
      "cache.policy", \.cache.policy, .choice,
      "What is evicted first; paging is the service's own algorithm and experimental."),
    SettingKey(
      "cache.max_bytes", \.cache.maxBytes, .size(in: 0...Int.max),
      "Bytes of cached results; 0: no cache."),
    SettingKey(
      "cache.part_bytes", \.cache.partBytes, .size(in: 0...Int.max),
      "Memory for dualized layers that other requests may have too; 0: none are kept."),
    SettingKey(
      "cache.scope", \.cache.scope, .choice,
      "shared: one caller's result answers another's same question. key: each key its own."),
    SettingKey(
      "cache.failures", \.cache.failures, .duration(in: .zero...Duration.seconds(3600)),
      "A failed computation's problem answers the same question this long; 0s: never."),
  ]

  private static let answering: [SettingKey] = [
    SettingKey(
      "sync.max_wait", \.sync.maxWait, .duration(in: .zero...Duration.seconds(3600)),
      "A request without Prefer waits this long for its result, then 202."),
    SettingKey(
      "sync.max_wait_limit", \.sync.maxWaitLimit, .duration(in: .zero...Duration.seconds(3600)),
      "Prefer: wait=n is clipped to this."),
    SettingKey(
      "paging.max_sessions", \.paging.maxSessions, .integer(in: 0...10_000_000),
      "Live sessions; past it 503."),
    SettingKey(
      "paging.session_idle", \.paging.sessionIdle, .duration(in: .seconds(1)...year),
      "A session without a request this long expires; then 410."),
    SettingKey(
      "webhooks.allowed_hosts", \.webhooks.allowedHosts, .list,
      "Hosts that webhooks may call; empty: webhooks are refused."),
    SettingKey(
      "webhooks.secret", \.webhooks.secret, .text, none: "", secret: true,
      "Signing secret of Standard Webhooks, whsec_… in base64."),
    SettingKey(
      "webhooks.timeout", \.webhooks.timeout,
      .duration(in: .milliseconds(100)...Duration.seconds(300)), "Time for one call."),
    SettingKey(
      "webhooks.attempts", \.webhooks.attempts, .integer(in: 1...20), "Calls until one succeeds."),
    SettingKey(
      "webhooks.backoff", \.webhooks.backoff,
      .duration(in: .milliseconds(10)...Duration.seconds(3600)),
      "From the first call to the second; four times longer each time, with jitter."),
    SettingKey(
      "webhooks.allow_private", \.webhooks.allowPrivate, .truth,
      "Call also hosts with loopback, private and link-local addresses."),
    SettingKey(
      "webhooks.authorities", \.webhooks.authorities, .text, none: "",
      "PEM file of the authorities of receivers' certificates; empty: the system's."),
    SettingKey(
      "cors.origins", \.cors.origins, .list,
      "Origins that may call from a browser, such as https://lab.example; empty: none."),
    SettingKey(
      "cors.max_age", \.cors.maxAge, .duration(in: .zero...Duration.seconds(86_400)),
      "How long a browser may keep a preflight's answer."),
    SettingKey(
      "drain.delay", \.drain.delay, .duration(in: .zero...Duration.seconds(3600)),
      "After SIGTERM connections are still accepted this long; 5s in Kubernetes."),
    SettingKey(
      "drain.timeout", \.drain.timeout, .duration(in: .zero...Duration.seconds(86_400)),
      "Running jobs get this long to finish before they go back to the queue."),
    SettingKey(
      "log.format", \.log.format, .choice, none: "auto",
      "json: one object a line. auto: text on a terminal, else json."),
    SettingKey("log.level", \.log.level, .choice, "The least level that is written."),
  ]

  private static let messageLimits: [SettingKey] = [
    SettingKey(
      "limits.request_line", \.limits.requestLine, .size(in: 64...(1 << 20)),
      "Bytes of a request line; past it 414."),
    SettingKey(
      "limits.head", \.limits.head, .size(in: 256...(16 << 20)), "Bytes of a head; past it 431."),
    SettingKey(
      "limits.fields", \.limits.fields, .integer(in: 1...10_000),
      "Header fields of a head; past it 431."),
    SettingKey(
      "limits.body", \.limits.body, .size(in: 0...(1 << 40)),
      "Bytes of a body as received; past it 413, at the head when it says so."),
    SettingKey(
      "limits.decoded_body", \.limits.decodedBody, .size(in: 0...(1 << 40)),
      "Bytes of a body after gzip or deflate is undone; past it 413."),
    SettingKey(
      "limits.decode_ratio", \.limits.decodeRatio, .integer(in: 1...1_100),
      "Decoded bytes for each received one, beyond the first megabyte; past it 413."),
    SettingKey(
      "limits.trailers", \.limits.trailers, .size(in: 0...(16 << 20)),
      "Bytes of the trailer fields of a chunked body."),
    SettingKey(
      "limits.chunk_extension", \.limits.chunkExtension, .size(in: 0...(1 << 20)),
      "Bytes of one chunk's extensions."),
    SettingKey(
      "limits.chunk_extensions", \.limits.chunkExtensions, .size(in: 0...(16 << 20)),
      "Bytes of all chunk extensions of a body."),
    SettingKey(
      "limits.json_depth", \.limits.jsonDepth, .integer(in: 1...1_024), "Nesting of a JSON body."),
    SettingKey(
      "limits.tensor_elements", \.limits.tensorElements, .integer(in: 1...(1 << 40)),
      "Elements of one tensor."),
    SettingKey(
      "limits.safetensors_header", \.limits.safetensorsHeader, .size(in: 8...(100 << 20)),
      "Bytes of a safetensors header."),
  ]

  private static let connectionLimits: [SettingKey] = [
    SettingKey(
      "limits.head_time", \.limits.headTime, .duration(in: .milliseconds(10)...year),
      "Time for a head (and a TLS handshake); past it 408."),
    SettingKey(
      "limits.body_idle", \.limits.bodyIdle, .duration(in: .milliseconds(10)...year),
      "Time without a byte of a body; past it 408."),
    SettingKey(
      "limits.body_rate", \.limits.bodyRate, .size(in: 0...(1 << 30)),
      "Bytes a second of a body on average; below it 408. 0: no bound."),
    SettingKey(
      "limits.keep_alive_idle", \.limits.keepAliveIdle, .duration(in: .milliseconds(10)...year),
      "An idle connection is closed after this."),
    SettingKey(
      "limits.write_stall", \.limits.writeStall, .duration(in: .milliseconds(10)...year),
      "A connection whose reader takes nothing this long is closed."),
    SettingKey(
      "limits.connections", \.limits.connections, .integer(in: 1...1_000_000),
      "Open connections; at the bound accepting pauses. At most the descriptors less 256 "
        + "(16 at least)."),
    SettingKey(
      "limits.connections_per_address", \.limits.connectionsPerAddress,
      .integer(in: 1...1_000_000), none: "off", "Open connections of one address."),
    SettingKey(
      "limits.requests_per_connection", \.limits.requestsPerConnection,
      .integer(in: 1...1_000_000_000), "Requests of one connection before it is closed."),
    SettingKey(
      "limits.bodies_in_flight", \.limits.bodiesInFlight, .size(in: (1 << 10)...(1 << 40)),
      "Bytes of all bodies in flight, as received; past it 503."),
    SettingKey(
      "limits.event_streams", \.limits.eventStreams, .integer(in: 0...1_000_000),
      "Open event streams; past it 503."),
    SettingKey(
      "limits.key_rate", \.limits.keyRate, .number(in: 0.001...1e9, "0.001…1e9"), none: "off",
      "Requests a second of one key; past it 429."),
    SettingKey(
      "limits.key_burst", \.limits.keyBurst, .integer(in: 1...1_000_000),
      "Requests of one key at once before limits.key_rate holds."),
    SettingKey(
      "limits.address_rate", \.limits.addressRate,
      .number(in: 0.001...1e9, "0.001…1e9"), none: "off",
      "Requests a second of one address; past it 429."),
    SettingKey(
      "limits.address_burst", \.limits.addressBurst, .integer(in: 1...1_000_000),
      "Requests of one address at once before limits.address_rate holds."),
  ]
}
