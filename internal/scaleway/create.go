package scaleway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// maxLookups is how often a created object is looked for after its answer was lost.
const maxLookups = 5

// NameTakenError says that an object of this name exists already.
type NameTakenError struct {
	// Kind is "cluster" or "pool"; ID is the UUID of the one that exists, in Region, and Status its status.
	Kind, ID, Region, Name, Status string
}

// Error says who has the name.
func (e *NameTakenError) Error() string {
	return fmt.Sprintf("a %s named %q exists already: %s, status %s", e.Kind, e.Name, place(e.Region, e.ID), e.Status)
}

// Candidate is an object that was seen after the answer to a create was lost.
type Candidate struct {
	ID, Status string
	// Differences are the fields that are not as requested, "version is 1.34.6, not 1.35.3"; none where all are equal.
	Differences []string
}

// LostCreateError says that the answer to a create was lost and that what it made, if anything, cannot be told for
// sure.
type LostCreateError struct {
	// Kind is "cluster" or "pool".
	Kind, Name, Region string
	// Seen are the objects of that name that appeared since; empty where none did.
	Seen []Candidate
	// Look is why it could not be looked for to the end; nil where it was.
	Look error
	// Err is how the answer was lost, an *UnknownOutcomeError or the API's own error.
	Err error
}

// Error names what was seen, or what may exist.
func (e *LostCreateError) Error() string {
	text := e.Err.Error() + "; "
	switch {
	case len(e.Seen) > 0:
		seen := make([]string, len(e.Seen))
		for i, one := range e.Seen {
			seen[i] = fmt.Sprintf(
				"%s (%s)", place(e.Region, one.ID), strings.Join(append([]string{one.Status}, one.Differences...), ", "),
			)
		}
		return text + fmt.Sprintf(
			"seen since, but not to be told for certain as the %s that was asked for: %s", e.Kind, strings.Join(seen, "; "),
		)
	case e.Look != nil:
		return text + fmt.Sprintf(
			"a %s named %q may exist in %s: the search for it did not end: %s", e.Kind, e.Name, e.Region, e.Look,
		)
	default:
		return text + fmt.Sprintf("no %s named %q has appeared since in %s", e.Kind, e.Name, e.Region)
	}
}

// Unwrap returns how the answer was lost. Why the search did not end is no part of it: a list that is not found or
// forbidden says nothing of the object.
func (e *LostCreateError) Unwrap() error { return e.Err }

// MayExist says whether something was seen, or the search did not end: what was asked for may exist.
func (e *LostCreateError) MayExist() bool { return len(e.Seen) > 0 || e.Look != nil }

// Hint is the next step.
func (e *LostCreateError) Hint() string {
	if !e.MayExist() {
		return "Nothing was found: apply again."
	}
	id := e.Region + "/<id>"
	if len(e.Seen) == 1 {
		id = place(e.Region, e.Seen[0].ID)
	}
	what := fmt.Sprintf("Look for the %s %q in %s in the Scaleway console. ", e.Kind, e.Name, e.Region)
	return what + fmt.Sprintf("If it exists, import it with `import { to = <its address>, id = %q }`, or delete it; "+
		"then apply again.", id)
}

// CreateCluster creates a cluster. It first makes sure that the name is free in the Project (*NameTakenError), except
// for the clusters named in besides, such as one that this one replaces. Where the answer is lost it looks for the
// cluster, for some seconds even after the context has ended, and adopts the only one that appeared since if it is as
// requested; anything else is a *LostCreateError. Source: POST /k8s/v1/regions/{region}/clusters.
func (c *Client) CreateCluster(
	ctx context.Context, req *k8s.CreateClusterRequest, besides ...string,
) (*k8s.Cluster, error) {
	filter := ClusterFilter{Name: req.Name, ProjectID: c.config.ProjectID}
	if req.ProjectID != nil {
		filter.ProjectID = *req.ProjectID
	}
	before, err := c.Clusters(ctx, req.Region, filter)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, cluster := range before {
		known[cluster.ID] = true
		if cluster.Status != k8s.ClusterStatusDeleted && !slices.Contains(besides, cluster.ID) {
			return nil, &NameTakenError{
				Kind: "cluster", ID: cluster.ID, Region: string(req.Region), Name: cluster.Name, Status: cluster.Status.String(),
			}
		}
	}
	creating, called := begin(ctx, "create", "cluster", req.Name, req.Region)
	cluster, err := c.k8s.CreateCluster(req, scw.WithContext(creating))
	err = called.fail(err)
	if !mayHaveCreated(err) {
		return cluster, err
	}
	search := search[*k8s.Cluster]{
		kind: "cluster", name: req.Name, region: req.Region, known: known,
		list: func(ctx context.Context) ([]*k8s.Cluster, error) { return c.Clusters(ctx, req.Region, filter) },
		sight: func(cluster *k8s.Cluster) Candidate {
			return Candidate{
				ID: cluster.ID, Status: cluster.Status.String(), Differences: clusterDifferences(req, filter.ProjectID, cluster),
			}
		},
	}
	return search.adopt(ctx, c, err)
}

// CreatePool creates a pool, whose name is unique in its cluster. It waits while the API refuses for a transient state
// of the cluster. Lost answers and names are as with CreateCluster. Source: POST …/clusters/{id}/pools.
func (c *Client) CreatePool(ctx context.Context, req *k8s.CreatePoolRequest) (*k8s.Pool, error) {
	named := func(ctx context.Context) ([]*k8s.Pool, error) {
		pools, err := c.Pools(ctx, req.Region, req.ClusterID)
		return slices.DeleteFunc(pools, func(pool *k8s.Pool) bool { return pool.Name != req.Name }), err
	}
	before, err := named(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, pool := range before {
		known[pool.ID] = true
		if pool.Status != k8s.PoolStatusDeleted {
			return nil, &NameTakenError{
				Kind: "pool", ID: pool.ID, Region: string(req.Region), Name: pool.Name, Status: pool.Status.String(),
			}
		}
	}
	pool, err := retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Pool, error) {
		ctx, called := begin(ctx, "create", "pool", req.Name, req.Region)
		pool, err := c.k8s.CreatePool(req, scw.WithContext(ctx))
		return pool, called.fail(err)
	})
	if !mayHaveCreated(err) {
		return pool, err
	}
	search := search[*k8s.Pool]{
		kind: "pool", name: req.Name, region: req.Region, known: known, list: named,
		sight: func(pool *k8s.Pool) Candidate {
			return Candidate{ID: pool.ID, Status: pool.Status.String(), Differences: poolDifferences(req, pool)}
		},
	}
	return search.adopt(ctx, c, err)
}

// mayHaveCreated says whether a failed create may have happened all the same: no answer, or an error of the server.
func mayHaveCreated(err error) bool {
	answer, ok := errors.AsType[*APIError](err)
	return IsUnknownOutcome(err) || ok && answer.Status == 500
}

// errInterrupted is why a search did not end where its grace was over.
var errInterrupted = errors.New("it was interrupted")

// search looks for an object whose create got no answer.
type search[T any] struct {
	kind, name string
	region     scw.Region
	known      map[string]bool
	list       func(context.Context) ([]T, error)
	sight      func(T) Candidate
}

// adopt returns the only object that appeared since and is as requested, or a *LostCreateError. lost is how the answer
// was lost. An interruption, at any moment, leaves it the client's Grace; a list that fails is asked for again.
func (s search[T]) adopt(ctx context.Context, c *Client, lost error) (T, error) {
	var none T
	rescue := c.rescue()
	defer rescue.release()
	failure := &LostCreateError{Kind: s.kind, Name: s.name, Region: string(s.region), Err: lost}
	interval := c.PollInterval
	for look := 1; ; look++ {
		var all []T
		err := rescue.do(ctx, func(ctx context.Context) (err error) {
			all, err = s.list(ctx)
			return err
		})
		if failure.Look = err; err == nil {
			var found []T
			for _, one := range all {
				if sighting := s.sight(one); !s.known[sighting.ID] {
					found = append(found, one)
					failure.Seen = append(failure.Seen, sighting)
				}
			}
			if len(found) == 1 && len(failure.Seen[0].Differences) == 0 {
				return found[0], nil
			}
			if len(found) > 0 {
				return none, failure
			}
		}
		if look == maxLookups {
			return none, failure
		}
		rescue.sleep(ctx, interval)
		if rescue.over(ctx) {
			failure.Look = cmp.Or(failure.Look, errInterrupted)
			return none, failure
		}
		interval += interval / 2
	}
}

// differences collects the fields of an object that are not as requested.
type differences []string

func (d *differences) compare(field string, got, wanted any) {
	if got != wanted {
		*d = append(*d, fmt.Sprintf("%s is %v, not %v", field, got, wanted))
	}
}

func clusterDifferences(req *k8s.CreateClusterRequest, projectID string, cluster *k8s.Cluster) []string {
	var found differences
	found.compare("type", cluster.Type, req.Type)
	found.compare("version", cluster.Version, req.Version)
	if req.Cni != "" && req.Cni != k8s.CNIUnknownCni {
		found.compare("cni", cluster.Cni, req.Cni)
	}
	if req.PrivateNetworkID != nil {
		found.compare(
			"private network", strings.ToLower(text(cluster.PrivateNetworkID)), strings.ToLower(*req.PrivateNetworkID),
		)
	}
	if projectID != "" {
		found.compare("project", cluster.ProjectID, projectID)
	}
	found.compare("tags", sorted(cluster.Tags), sorted(req.Tags))
	found.compare("description", cluster.Description, req.Description)
	return found
}

func poolDifferences(req *k8s.CreatePoolRequest, pool *k8s.Pool) []string {
	var found differences
	found.compare("node type", nodeType(pool.NodeType), nodeType(req.NodeType))
	if req.Zone != "" {
		found.compare("zone", pool.Zone, req.Zone)
	}
	found.compare("autoscaling", pool.Autoscaling, req.Autoscaling)
	if !req.Autoscaling {
		found.compare("size", pool.Size, req.Size)
	}
	found.compare("autohealing", pool.Autohealing, req.Autohealing)
	found.compare("public IP disabled", pool.PublicIPDisabled, req.PublicIPDisabled)
	if req.RootVolumeType != "" && req.RootVolumeType != k8s.PoolVolumeTypeDefaultVolumeType {
		found.compare("root volume", pool.RootVolumeType, req.RootVolumeType)
	}
	found.compare("tags", sorted(pool.Tags), sorted(req.Tags))
	return found
}

// nodeType writes a node type as the API reads it back: "DEV1-M" is "dev1_m".
func nodeType(name string) string { return strings.ReplaceAll(strings.ToLower(name), "-", "_") }

func sorted(tags []string) string { return strings.Join(slices.Sorted(slices.Values(tags)), ", ") }

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
