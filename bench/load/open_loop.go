package main

import (
	"slices"
	"syscall"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// outcome is what a run of requests came to. Times are milliseconds from the moment a request was due to the last byte
// of its answer. A failed request counts in Failed and in the latencies.
type outcome struct {
	Requests int            `json:"requests"`
	Failed   int            `json:"failed"`
	Codes    map[string]int `json:"failures,omitempty"`
	PerS     float64        `json:"per_s"`
	P50      float64        `json:"p50"`
	P95      float64        `json:"p95"`
	P99      float64        `json:"p99"`
	Max      float64        `json:"max"`
	LateP99  float64        `json:"late_p99"` // how long after it was due a request went out, without waiting for a connection
	LoadCPU  float64        `json:"load_cpu"` // cores that this program took itself
}

// attack sends `rate` requests a second for this long.
func attack(targeter vegeta.Targeter, connections int, rate float64, lasting time.Duration) outcome {
	interval := time.Duration(float64(time.Second) / rate)
	attacker := vegeta.NewAttacker(vegeta.Client(clientOf(connections)), vegeta.Workers(uint64(connections)))
	pace := vegeta.ConstantPacer{Freq: int(rate * 1000), Per: 1000 * time.Second}

	found := outcome{Codes: map[string]int{}}
	var took, late []time.Duration
	cpu, began := processorTime(), time.Now()
	var last time.Time
	for result := range attacker.Attack(targeter, pace, lasting, "") {
		// vegeta lets the n-th request (from 0) out between n and n+1 intervals after the beginning, and times it from
		// when it did. What it was later than that is waiting too.
		due := began.Add(time.Duration(result.Seq+1) * interval)
		lateness := max(0, result.Timestamp.Sub(due))
		took, late = append(took, result.Latency+lateness), append(late, lateness)
		if result.Error != "" {
			found.Failed++
			found.Codes[result.Error]++
		}
		if end := result.End(); end.After(last) {
			last = end
		}
	}
	seconds := last.Sub(began).Seconds()
	found.Requests = len(took)
	found.PerS = float64(len(took)-found.Failed) / seconds
	found.LoadCPU = (processorTime() - cpu).Seconds() / seconds
	found.P50, found.P95, found.P99 = percentile(took, 0.5), percentile(took, 0.95), percentile(took, 0.99)
	found.Max, found.LateP99 = percentile(took, 1), percentile(late, 0.99)
	return found
}

// percentile sorts. In milliseconds.
func percentile(times []time.Duration, share float64) float64 {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	at := min(len(times)-1, int(share*float64(len(times))))
	return float64(times[at]) / float64(time.Millisecond)
}

func processorTime() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
