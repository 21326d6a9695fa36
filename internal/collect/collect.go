// Package collect reads the facts of an assessment from the Scaleway API and from the Kubernetes API of a cluster: only
// with reads, several at once, and with an upper limit. What cannot be read becomes a gap in the facts with its reason,
// never an error.
package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// concurrentRequests is the number of requests to the Scaleway API at the same time.
const concurrentRequests = 8

// maxRequests is the number of lists and reads after which further ones are left out, as too many.
const maxRequests = 2000

// Sources are the APIs that facts are read from.
type Sources struct {
	Scaleway *scaleway.Client
	// Kubernetes connects to the cluster's API server. Nil: the cluster layer is not read.
	Kubernetes func(context.Context) (*kubernetes.Client, error)
	// Now is the clock: it gives the time of reading.
	Now func() time.Time
	// Buckets are the buckets to read, which the inputs of an assessment name.
	Buckets []assessment.NamedBucket
	// Tool is the name and the version of the program.
	Tool string
	// SkipReader leaves out the permission sets of the API key, for a caller that does not report them.
	SkipReader bool
	// Progress is called with the number of requests so far; nil: no progress. Calls may come at the same time.
	Progress func(requests int)
}

// collector reads the facts of one cluster. The parts that run at the same time fill different fields of facts.
type collector struct {
	Sources
	facts    *assessment.Facts
	slots    chan struct{}
	requests atomic.Int64
	work     sync.WaitGroup

	// projectClusters reads the clusters of the Project in each region, once.
	projectClusters func() []listed[scw.Region, *k8s.Cluster]

	responses struct {
		sync.Mutex
		all []assessment.Request
	}
}

// withResponses returns a context whose requests are noted as evidence.
func (c *collector) withResponses(ctx context.Context) context.Context {
	note := func(r assessment.Request) {
		c.responses.Lock()
		defer c.responses.Unlock()
		c.responses.all = append(c.responses.all, r)
	}
	ctx = scaleway.WithResponses(ctx, func(r scaleway.Response) {
		note(assessment.Request{Method: r.Method, URL: r.URL, Status: r.Status, Date: r.Date, ID: r.RequestID})
	})
	return kubernetes.WithResponses(ctx, func(r kubernetes.Response) {
		note(assessment.Request{Method: r.Method, URL: r.URL, Status: r.Status, Date: r.Date, ID: r.AuditID})
	})
}

// sortedRequests returns the requests by their addresses, as several run at the same time. All of them have ended.
func (c *collector) sortedRequests() []assessment.Request {
	slices.SortStableFunc(c.responses.all, func(a, b assessment.Request) int {
		return cmp.Or(strings.Compare(a.URL, b.URL), strings.Compare(a.Method, b.Method))
	})
	return c.responses.all
}

// Cluster reads the facts of a cluster. Its only error is the end of the context.
func Cluster(ctx context.Context, s Sources, region scw.Region, id string) (assessment.Facts, error) {
	c := &collector{
		Sources: s, slots: make(chan struct{}, concurrentRequests),
		facts: &assessment.Facts{
			Format: assessment.FactsFormat, ReadAt: s.Now().UTC(), ClusterID: scaleway.JoinID(region, id),
			Reader: assessment.Reader{Tool: s.Tool, AccessKey: s.Scaleway.AccessKey()},
		},
	}
	ctx = c.withResponses(ctx)
	if s.Kubernetes != nil {
		c.start(func() { c.readInCluster(ctx) })
	}
	c.readCluster(ctx, region, id)
	c.work.Wait()
	c.facts.Requests = c.sortedRequests()
	if err := ctx.Err(); err != nil {
		return *c.facts, fmt.Errorf("the facts of cluster %s were not read: %w", c.facts.ClusterID, err)
	}
	return *c.facts, nil
}

// start runs a part at the same time as others.
func (c *collector) start(part func()) { c.work.Go(part) }

// read sends requests of one list or object. An error becomes a gap.
func read[T any](
	ctx context.Context, c *collector, request func(context.Context) (T, error),
) (found T, gap *assessment.Gap) {
	count := c.requests.Add(1)
	if count > maxRequests {
		return found, &assessment.Gap{Reason: assessment.TooMany, Looked: maxRequests}
	}
	if c.Progress != nil {
		c.Progress(int(count))
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return found, &assessment.Gap{Reason: assessment.Unreachable, Detail: ctx.Err().Error()}
	}
	found, err := request(ctx)
	return found, gapOf(err)
}

// Unfound returns the facts of a cluster whose id is not known, with the reason.
func Unfound(s Sources, region scw.Region, name string, gap assessment.Gap) assessment.Facts {
	c := &collector{facts: &assessment.Facts{
		Format: assessment.FactsFormat, ReadAt: s.Now().UTC(), ClusterID: scaleway.JoinID(region, name),
		Reader: assessment.Reader{Tool: s.Tool, AccessKey: s.Scaleway.AccessKey()},
	}}
	c.leaveUnread("", gap)
	markUnread(&c.facts.InCluster, gap)
	return *c.facts
}

// GapOf converts an error of the Scaleway API to the reason why facts are missing; nil stays nil.
func GapOf(err error) *assessment.Gap { return gapOf(err) }

// gapOf converts an error of the Scaleway API; nil stays nil.
func gapOf(err error) *assessment.Gap {
	if err == nil {
		return nil
	}
	gap := assessment.Gap{Detail: err.Error()}
	tooMany, isTooMany := errors.AsType[*scaleway.TooManyError](err)
	setting, lacksSetting := errors.AsType[*scaleway.MissingSettingError](err)
	answer, _ := errors.AsType[*scaleway.APIError](err)
	switch {
	case isTooMany:
		gap.Reason, gap.Looked = assessment.TooMany, tooMany.Read
	case lacksSetting:
		gap.Reason, gap.Needs = assessment.NotConfigured, setting.Setting
	case scaleway.IsUnauthorized(err):
		gap.Reason, gap.Needs = assessment.Unauthenticated, "API key"
	case scaleway.IsForbidden(err):
		gap.Reason, gap.Needs = assessment.Forbidden, scaleway.RequiredPermissionSet(err)
	case scaleway.IsNotFound(err) && answer != nil:
		gap.Reason, gap.Needs = assessment.NotFound, strings.TrimSpace(answer.Kind+" "+answer.ID)
	case answer != nil && answer.Status != 0 && !answer.FromProxy:
		gap.Reason, gap.Needs = assessment.APIFailed, fmt.Sprintf("HTTP %d", answer.Status)
	default:
		gap.Reason, gap.Needs = assessment.Unreachable, "Scaleway API"
		if answer != nil && answer.Host != "" {
			gap.Needs = answer.Host
		}
	}
	return &gap
}

// collection returns the items as a complete list, or as an incomplete one if there is a gap.
func collection[T any](source string, items []T, gap *assessment.Gap) assessment.Collection[T] {
	if gap != nil {
		return assessment.Unread(source, *gap, items...)
	}
	return assessment.Read(source, items)
}

// fact returns the value as a fact, or its gap.
func fact[T any](source string, value T, gap *assessment.Gap) assessment.Fact[T] {
	if gap != nil {
		return assessment.Fact[T]{Source: source, Gap: gap}
	}
	return assessment.Fact[T]{Source: source, Value: &value}
}
