/** What a container had used up to one moment, as its daemon counts it. */
export interface UsageReading {
  /** Nanoseconds on all processors, since its start. */
  readonly cpuNs: number;
  /** Nanoseconds that the daemon's machine had to give, on all processors; absent where the daemon cannot tell. */
  readonly systemNs?: number | undefined;
  readonly processors: number;
  /** Without what the kernel only caches of files, as `docker stats` shows it. */
  readonly memoryBytes: number;
}

/** What a service uses at this moment, all its containers together. */
export interface Usage {
  /** 100 is one processor, busy all the time; undefined until there are two readings to compare. */
  readonly cpuPercent: number | undefined;
  readonly memoryBytes: number;
}
