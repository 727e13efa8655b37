package main

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// riverQueue is River with the settings of its own benchmark: it fetches again after 2 ms rather than 100, and has as
// many workers as it likes. It tells of its finished jobs in batches; that counts as done when it says so.
type riverQueue struct {
	pool     *pgxpool.Pool
	inserter *river.Client[pgx.Tx]
}

type noop struct {
	Number int `json:"number"`
}

func (noop) Kind() string { return "noop" }

type worker struct {
	river.WorkerDefaults[noop]
	started func(int)
}

func (w *worker) Work(_ context.Context, job *river.Job[noop]) error {
	w.started(job.Args.Number)
	return nil
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func openRiver(ctx context.Context, url string) (queue, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, err
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return nil, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, err
	}
	inserter, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: quiet})
	return riverQueue{pool, inserter}, err
}

func (q riverQueue) enqueue(ctx context.Context, number int) error {
	_, err := q.inserter.Insert(ctx, noop{number}, nil)
	return err
}

func (q riverQueue) work(ctx context.Context, _ int, started, done func(int)) error {
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{started: started})
	client, err := river.NewClient(riverpgxv5.New(q.pool), &river.Config{
		FetchCooldown:     2 * time.Millisecond,
		FetchPollInterval: 20 * time.Millisecond,
		Logger:            quiet,
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2000}},
		Workers:           workers,
	})
	if err != nil {
		return err
	}
	events, unsubscribe := client.SubscribeConfig(&river.SubscribeConfig{ChanSize: 1_000_000, Kinds: []river.EventKind{river.EventKindJobCompleted}})
	if err := client.Start(ctx); err != nil {
		unsubscribe()
		return err
	}
	var told atomic.Int64
	go func() {
		for range events {
			done(int(told.Add(1)))
		}
	}()
	return nil
}
