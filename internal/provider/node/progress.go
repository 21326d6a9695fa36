package node

import (
	"fmt"
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// maxProgressInterval is the minimum time between two messages while the state does not change.
const maxProgressInterval = 30 * time.Second

// progress sends progress messages: at the start, at every change of the state, and regularly in between.
type progress struct {
	now  func() time.Time
	send func(message string)

	startedAt, lastSentAt time.Time
	state                 string
}

func newProgress(now func() time.Time, send func(string)) *progress {
	at := now()
	return &progress{now: now, send: send, startedAt: at, lastSentAt: at}
}

func (p *progress) start(node *k8s.Node, pool *k8s.Pool) {
	p.send(fmt.Sprintf("Replacing node %s (%s, %s) of pool %s: the API drains it, deletes it and starts a new one.",
		node.Name, scaleway.JoinID(node.Region, node.ID), node.Status, pool.Name))
}

// update is called after each poll.
func (p *progress) update(r scaleway.Replacement) {
	now, state := p.now(), r.State()
	switch {
	case state != p.state:
		p.state = state
		p.send("After " + p.elapsed(now) + ": " + state + ".")
	case now.Sub(p.lastSentAt) >= maxProgressInterval:
		p.send(
			fmt.Sprintf(
				"Waiting for the pool to be ready with a new node, since %s (%s): %s.",
				p.startedAt.UTC().Format(time.RFC3339),
				p.elapsed(now), state,
			),
		)
	default:
		return
	}
	p.lastSentAt = now
}

// done sends the names of the new nodes. If several nodes of a pool were replaced at the same time, the API does not
// tell which node replaces which.
func (p *progress) done(node *k8s.Node, r scaleway.Replacement) {
	ready := r.ReadyNodes()
	names := make([]string, len(ready))
	for i, n := range ready {
		names[i] = fmt.Sprintf("%s (%s)", n.Name, scaleway.JoinID(n.Region, n.ID))
	}
	p.send(
		fmt.Sprintf("Node %s is replaced by %s, after %s.", node.Name, strings.Join(names, ", "), p.elapsed(p.now())),
	)
}

func (p *progress) elapsed(now time.Time) string {
	return now.Sub(p.startedAt).Round(time.Second).String()
}
