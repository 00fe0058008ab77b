// Settings: what an operator may choose, in one typed table.
//
// Read first: `ServiceSettings` (the values, with their defaults), `SettingKey` (one row of the
// table: name, type, range, documentation) and `SettingsLoader` (flags over environment over file
// over defaults). This room imports nothing of ours and knows nothing of what the values do.

/// Everything that can be chosen about the service, with the defaults of the product.
///
/// A value of this type is complete: each member has a default, and `SettingsLoader` changes only
/// what a flag, an environment variable or the settings file names. Sizes are bytes, times are
/// `Duration`; `nil` stands for "off" or "found out at start", as the key's documentation says.
public struct ServiceSettings: Sendable, Equatable {
  public var server = Server()
  public var admin = Admin()
  public var tls = TLS()
  public var auth = Auth()
  public var storage = Storage()
  public var compute = Compute()
  public var queue = Queue()
  public var jobs = Jobs()
  public var retention = Retention()
  public var cache = Cache()
  public var sync = Sync()
  public var paging = Paging()
  public var webhooks = Webhooks()
  public var cors = CORS()
  public var drain = Drain()
  public var log = Log()
  public var limits = Limits()

  /// The defaults.
  public init() {}

  /// Where the service listens, and with how many threads it answers.
  public struct Server: Sendable, Equatable {
    public var host = "127.0.0.1"
    public var port = 8080
    public var unixSocket: String?
    public var ioLoops = 1
    public var requestThreads = 4
    public var trustedProxies: [String] = []
  }

  /// A second address for health and metrics only; off without a port.
  public struct Admin: Sendable, Equatable {
    public var host = "127.0.0.1"
    public var port: Int?
  }

  /// Files for TLS; on when a certificate is named.
  public struct TLS: Sendable, Equatable {
    public var certificate: String?
    public var key: String?
    public var clientCA: String?
  }

  /// Who may call.
  public struct Auth: Sendable, Equatable {
    public var keysFile: String?
    /// How often the files of keys are looked at for changes.
    public var poll = Duration.seconds(2)
    public var insecureNoAuth = false
    /// Names in client certificates (CN or SAN), each with the id of the key it stands for.
    public var clientNames: [String: String] = [:]
  }

  /// Where jobs, results and sessions are kept.
  public struct Storage: Sendable, Equatable {
    public var path = "./.matquay"
    /// Empty: SQLite in `path`; else `postgresql://…`.
    public var url: String?
    public var durability = Durability.full
    public var maxBytes = 10 << 30

    /// What a commit waits for.
    public enum Durability: String, Sendable, CaseIterable {
      case full, normal
    }
  }

  /// What may compute at one time.
  public struct Compute: Sendable, Equatable {
    /// `nil`: as many as there are cores.
    public var workers: Int?
    /// `nil`: 60 % of the machine or cgroup.
    public var memoryBytes: Int?
  }

  /// The queue of jobs.
  public struct Queue: Sendable, Equatable {
    public var maxJobs = 10_000
    /// Algorithm id to the greatest number of its jobs that run at one time; absent: no bound.
    public var concurrency: [String: Int] = [:]
  }

  /// Leases and attempts of running jobs.
  public struct Jobs: Sendable, Equatable {
    public var lease = Duration.seconds(30)
    public var heartbeat = Duration.seconds(10)
    public var reaper = Duration.seconds(10)
    public var cancelPoll = Duration.milliseconds(100)
    public var maxAttempts = 3
    public var inlineBytes = 64 << 10
  }

  /// How long things are kept.
  public struct Retention: Sendable, Equatable {
    public var results = Duration.seconds(24 * 3600)
    public var jobs = Duration.seconds(7 * 24 * 3600)
    public var idempotencyKeys = Duration.seconds(24 * 3600)
    public var blobs = Duration.seconds(24 * 3600)
  }

  /// The result cache.
  public struct Cache: Sendable, Equatable {
    public var policy = Policy.gdsf
    public var maxBytes = 1 << 30
    public var partBytes = 64 << 20
    public var scope = Scope.shared
    /// How long a failed computation's problem answers the same question.
    public var failures = Duration.seconds(60)

    /// What is evicted first.
    public enum Policy: String, Sendable, CaseIterable {
      case gdsf, lru, paging
    }

    /// Whether callers share cached results.
    public enum Scope: String, Sendable, CaseIterable {
      case shared, key
    }
  }

  /// Waiting for a result within the request.
  public struct Sync: Sendable, Equatable {
    public var maxWait = Duration.seconds(10)
    public var maxWaitLimit = Duration.seconds(30)
  }

  /// Live paging sessions.
  public struct Paging: Sendable, Equatable {
    public var maxSessions = 10_000
    public var sessionIdle = Duration.seconds(24 * 3600)
  }

  /// Calls out when a job is over; refused while `allowedHosts` is empty.
  public struct Webhooks: Sendable, Equatable {
    public var allowedHosts: [String] = []
    public var secret: String?
    public var timeout = Duration.seconds(10)
    public var attempts = 5
    public var backoff = Duration.seconds(5)
    public var allowPrivate = false
    public var authorities: String?
  }

  /// Browsers of other origins; off while `origins` is empty.
  public struct CORS: Sendable, Equatable {
    public var origins: [String] = []
    public var maxAge = Duration.seconds(600)
  }

  /// How the process ends.
  public struct Drain: Sendable, Equatable {
    public var delay = Duration.zero
    public var timeout = Duration.seconds(25)
  }

  /// Log lines on standard error.
  public struct Log: Sendable, Equatable {
    /// `nil`: text on a terminal, else JSON.
    public var format: Format?
    public var level = Level.info

    public enum Format: String, Sendable, CaseIterable {
      case json, text
    }

    public enum Level: String, Sendable, CaseIterable {
      case trace, debug, info, notice, warning, error, critical
    }
  }
}
