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

// maxLookups is the maximum number of reads after the response to a write was lost.
const maxLookups = 5

// NameTakenError reports that an object with the requested name already exists.
type NameTakenError struct {
	// Kind is "cluster" or "pool". ID is the UUID of the existing object in Region. Status is its status.
	Kind, ID, Region, Name, Status string
}

// Error names the existing object.
func (e *NameTakenError) Error() string {
	return fmt.Sprintf(
		"a %s named %q already exists: %s, status %s", e.Kind, e.Name, formatID(e.Region, e.ID), e.Status,
	)
}

// Candidate is an object that appeared after the response to a create was lost.
type Candidate struct {
	ID, Status string
	// Differences lists the fields that differ from the request, as in "version is 1.34.6, not 1.35.3".
	Differences []string
}

// LostCreateError reports that the response to a create was lost, and that the provider cannot tell for certain which
// object was created, if any.
type LostCreateError struct {
	// Kind is "cluster" or "pool".
	Kind, Name, Region string
	// Candidates are the objects of that name that appeared after the request.
	Candidates []Candidate
	// SearchErr is the reason why the search for the object did not complete, or nil if it did.
	SearchErr error
	// Err is the reason why the response was lost: an *UnknownOutcomeError or the API's own error.
	Err error
}

// Error names the objects that appeared, or the object that may exist.
func (e *LostCreateError) Error() string {
	text := e.Err.Error() + "; "
	switch {
	case len(e.Candidates) > 0:
		candidates := make([]string, len(e.Candidates))
		for i, candidate := range e.Candidates {
			details := append([]string{candidate.Status}, candidate.Differences...)
			candidates[i] = fmt.Sprintf("%s (%s)", formatID(e.Region, candidate.ID), strings.Join(details, ", "))
		}
		return text + fmt.Sprintf(
			"found since then, but not certain to be the requested %s: %s", e.Kind, strings.Join(candidates, "; "),
		)
	case e.SearchErr != nil:
		return text + fmt.Sprintf(
			"a %s named %q may exist in %s: the search for it did not complete: %s", e.Kind, e.Name, e.Region,
			e.SearchErr,
		)
	default:
		return text + fmt.Sprintf("no %s named %q has appeared in %s since then", e.Kind, e.Name, e.Region)
	}
}

// Unwrap returns the reason why the response was lost. It leaves out SearchErr: a list that is forbidden or not found
// must not match IsForbidden or IsNotFound for the object itself.
func (e *LostCreateError) Unwrap() error { return e.Err }

// MayExist reports whether the object may exist: candidates appeared, or the search did not complete.
func (e *LostCreateError) MayExist() bool { return len(e.Candidates) > 0 || e.SearchErr != nil }

// Hint returns the next step.
func (e *LostCreateError) Hint() string {
	if !e.MayExist() {
		return "Nothing was found: apply again."
	}
	id := e.Region + "/<id>"
	if len(e.Candidates) == 1 {
		id = formatID(e.Region, e.Candidates[0].ID)
	}
	return fmt.Sprintf("Look for the %s %q in %s in the Scaleway console. ", e.Kind, e.Name, e.Region) +
		fmt.Sprintf("If it exists, import it with `import { to = <its address>, id = %q }`, or delete it; then apply "+
			"again.", id)
}

// CreateCluster creates a cluster. It first checks that no other cluster of the Project has the name and returns a
// *NameTakenError if one has; it ignores the clusters in exceptIDs, such as one that is being replaced. When the
// response is lost, it searches for the cluster, for the client's Grace even after ctx has ended. If exactly one
// cluster appeared since then and it matches the request, it returns that cluster, and otherwise a *LostCreateError.
// Source: POST /k8s/v1/regions/{region}/clusters.
func (c *Client) CreateCluster(
	ctx context.Context, req *k8s.CreateClusterRequest, exceptIDs ...string,
) (*k8s.Cluster, error) {
	filter := ClusterFilter{Name: req.Name, ProjectID: c.config.ProjectID}
	if req.ProjectID != nil {
		filter.ProjectID = *req.ProjectID
	}
	before, err := c.Clusters(ctx, req.Region, filter)
	if err != nil {
		return nil, err
	}
	knownIDs := map[string]bool{}
	for _, cluster := range before {
		knownIDs[cluster.ID] = true
		if cluster.Status != k8s.ClusterStatusDeleted && !slices.Contains(exceptIDs, cluster.ID) {
			return nil, &NameTakenError{
				Kind: "cluster", ID: cluster.ID, Region: string(req.Region), Name: cluster.Name,
				Status: cluster.Status.String(),
			}
		}
	}
	creating, call := startCall(ctx, "create", "cluster", req.Name, req.Region)
	cluster, err := c.k8s.CreateCluster(req, scw.WithContext(creating))
	err = call.wrapError(err)
	if !mayHaveCreated(err) {
		return cluster, err
	}
	search := createdObjectSearch[*k8s.Cluster]{
		kind: "cluster", name: req.Name, region: req.Region, knownIDs: knownIDs,
		list: func(ctx context.Context) ([]*k8s.Cluster, error) { return c.Clusters(ctx, req.Region, filter) },
		toCandidate: func(cluster *k8s.Cluster) Candidate {
			return Candidate{
				ID: cluster.ID, Status: cluster.Status.String(), Differences: clusterDifferences(
					req, filter.ProjectID, cluster,
				),
			}
		},
	}
	return search.recoverLostCreate(ctx, c, err)
}

// CreatePool creates a pool. Its name must be unique in its cluster. CreatePool retries while the cluster is in a
// transient state. It handles a name in use and a lost response as CreateCluster does. Source: POST
// …/clusters/{id}/pools.
func (c *Client) CreatePool(ctx context.Context, req *k8s.CreatePoolRequest) (*k8s.Pool, error) {
	listNamed := func(ctx context.Context) ([]*k8s.Pool, error) {
		pools, err := c.Pools(ctx, req.Region, req.ClusterID)
		return slices.DeleteFunc(pools, func(pool *k8s.Pool) bool { return pool.Name != req.Name }), err
	}
	before, err := listNamed(ctx)
	if err != nil {
		return nil, err
	}
	knownIDs := map[string]bool{}
	for _, pool := range before {
		knownIDs[pool.ID] = true
		if pool.Status != k8s.PoolStatusDeleted {
			return nil, &NameTakenError{
				Kind: "pool", ID: pool.ID, Region: string(req.Region), Name: pool.Name, Status: pool.Status.String(),
			}
		}
	}
	pool, err := retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Pool, error) {
		ctx, call := startCall(ctx, "create", "pool", req.Name, req.Region)
		pool, err := c.k8s.CreatePool(req, scw.WithContext(ctx))
		return pool, call.wrapError(err)
	})
	if !mayHaveCreated(err) {
		return pool, err
	}
	search := createdObjectSearch[*k8s.Pool]{
		kind: "pool", name: req.Name, region: req.Region, knownIDs: knownIDs, list: listNamed,
		toCandidate: func(pool *k8s.Pool) Candidate {
			return Candidate{ID: pool.ID, Status: pool.Status.String(), Differences: poolDifferences(req, pool)}
		},
	}
	return search.recoverLostCreate(ctx, c, err)
}

// mayHaveCreated reports whether a failed create may have created the object: its response was lost, or the API
// answered with HTTP 500.
func mayHaveCreated(err error) bool {
	answer, ok := errors.AsType[*APIError](err)
	return IsUnknownOutcome(err) || ok && answer.Status == 500
}

// errInterrupted is the reason for an incomplete search when the grace period is over.
var errInterrupted = errors.New("interrupted")

// createdObjectSearch finds an object after the response to its create was lost.
type createdObjectSearch[T any] struct {
	kind, name string
	region     scw.Region
	// knownIDs are the ids of the objects that existed before the create.
	knownIDs    map[string]bool
	list        func(context.Context) ([]T, error)
	toCandidate func(T) Candidate
}

// recoverLostCreate returns the object that appeared since the create if it is the only one and matches the request.
// Otherwise it returns a *LostCreateError. cause is the reason why the response was lost. It retries a list that fails.
// After an interruption it continues for the client's Grace.
func (s createdObjectSearch[T]) recoverLostCreate(ctx context.Context, c *Client, cause error) (T, error) {
	var zero T
	grace := c.newGracePeriod()
	defer grace.release()
	lost := &LostCreateError{Kind: s.kind, Name: s.name, Region: string(s.region), Err: cause}
	interval := c.PollInterval
	for lookup := 1; ; lookup++ {
		var all []T
		err := grace.run(ctx, func(ctx context.Context) (err error) {
			all, err = s.list(ctx)
			return err
		})
		if lost.SearchErr = err; err == nil {
			var found []T
			for _, object := range all {
				if candidate := s.toCandidate(object); !s.knownIDs[candidate.ID] {
					found = append(found, object)
					lost.Candidates = append(lost.Candidates, candidate)
				}
			}
			if len(found) == 1 && len(lost.Candidates[0].Differences) == 0 {
				return found[0], nil
			}
			if len(found) > 0 {
				return zero, lost
			}
		}
		if lookup == maxLookups {
			return zero, lost
		}
		grace.sleep(ctx, interval)
		if grace.isOver(ctx) {
			lost.SearchErr = cmp.Or(lost.SearchErr, errInterrupted)
			return zero, lost
		}
		interval += interval / 2
	}
}

// differences lists the fields of an object that differ from the request.
type differences []string

func (d *differences) compare(field string, got, want any) {
	if got != want {
		*d = append(*d, fmt.Sprintf("%s is %v, not %v", field, got, want))
	}
}

func clusterDifferences(req *k8s.CreateClusterRequest, projectID string, cluster *k8s.Cluster) []string {
	var diffs differences
	diffs.compare("type", cluster.Type, req.Type)
	diffs.compare("version", cluster.Version, req.Version)
	if req.Cni != "" && req.Cni != k8s.CNIUnknownCni {
		diffs.compare("cni", cluster.Cni, req.Cni)
	}
	if req.PrivateNetworkID != nil {
		diffs.compare(
			"private network", strings.ToLower(
				stringValue(cluster.PrivateNetworkID),
			), strings.ToLower(*req.PrivateNetworkID),
		)
	}
	if projectID != "" {
		diffs.compare("project", cluster.ProjectID, projectID)
	}
	diffs.compare("tags", joinSorted(cluster.Tags), joinSorted(req.Tags))
	diffs.compare("description", cluster.Description, req.Description)
	return diffs
}

func poolDifferences(req *k8s.CreatePoolRequest, pool *k8s.Pool) []string {
	var diffs differences
	diffs.compare("node type", normalizeNodeType(pool.NodeType), normalizeNodeType(req.NodeType))
	if req.Zone != "" {
		diffs.compare("zone", pool.Zone, req.Zone)
	}
	diffs.compare("autoscaling", pool.Autoscaling, req.Autoscaling)
	if !req.Autoscaling {
		diffs.compare("size", pool.Size, req.Size)
	}
	diffs.compare("autohealing", pool.Autohealing, req.Autohealing)
	diffs.compare("public IP disabled", pool.PublicIPDisabled, req.PublicIPDisabled)
	if req.RootVolumeType != "" && req.RootVolumeType != k8s.PoolVolumeTypeDefaultVolumeType {
		diffs.compare("root volume", pool.RootVolumeType, req.RootVolumeType)
	}
	diffs.compare("tags", joinSorted(pool.Tags), joinSorted(req.Tags))
	return diffs
}

// normalizeNodeType spells a node type as the API returns it: "DEV1-M" becomes "dev1_m".
func normalizeNodeType(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "-", "_")
}

func joinSorted(tags []string) string { return strings.Join(slices.Sorted(slices.Values(tags)), ", ") }

func stringValue(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
