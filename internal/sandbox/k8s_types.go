package sandbox

import (
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// commitmentPeriod is the period during which a dedicated cluster cannot change to a lower offer.
const commitmentPeriod = 30 * 24 * time.Hour

// clusterType is a control plane offer.
type clusterType struct {
	k8s.ClusterType

	// Srn hides the SDK's field, which is not in the API's responses.
	Srn string `json:"srn,omitempty"`

	CommitmentDelay apiDuration `json:"commitment_delay"`

	// rank is the position of the offer in its family, from 0 for the lowest.
	rank int
}

// newClusterTypes returns the recorded catalogue: the offers of Kapsule, then those of Kosmos, each from the lowest.
func newClusterTypes() *collection[clusterType] {
	all := newCollection[clusterType]()
	for _, family := range []string{"kapsule", "multicloud"} {
		for rank, offer := range []struct {
			suffix   string
			maxNodes uint32
			memory   scw.Size
		}{
			{"", 150, 4 * scw.GB}, {"-dedicated-4", 250, 4 * scw.GB}, {"-dedicated-8", 500, 8 * scw.GB}, {
				"-dedicated-16", 500, 16 * scw.GB,
			},
		} {
			t := &clusterType{rank: rank, ClusterType: k8s.ClusterType{
				Name: family + offer.suffix, Availability: k8s.ClusterTypeAvailabilityAvailable,
				MaxNodes:   offer.maxNodes,
				Resiliency: k8s.ClusterTypeResiliencyStandard,
				Memory:     offer.memory, MaxEtcdSize: 55 * scw.MB,
			}}
			if rank > 0 {
				t.CommitmentDelay = apiDuration{scw.Duration{Seconds: int64(commitmentPeriod.Seconds())}}
				t.SLA, t.Resiliency, t.Dedicated = 99.5, k8s.ClusterTypeResiliencyHighAvailability, true
				t.AuditLogsSupported, t.MaxEtcdSize = true, 200*scw.MB
			}
			all.put(t.Name, t)
		}
	}
	return all
}

// clusterFamily returns kapsule or multicloud. A cluster cannot change its family.
func clusterFamily(typeName string) string {
	name, _, _ := strings.Cut(typeName, "-")
	return name
}

func isDedicated(typeName string) bool { return strings.Contains(typeName, "-dedicated-") }

// availableTypes returns the offers that a cluster can change to: all offers of its family, or only the higher ones
// during its commitment.
func (s *Server) availableTypes(cl *cluster) []*clusterType {
	current, known := s.clusterTypes.get(cl.Type)
	committed := cl.CommitmentEndsAt != nil && s.now().Before(*cl.CommitmentEndsAt)
	return s.clusterTypes.list(func(t *clusterType) bool {
		return clusterFamily(t.Name) == clusterFamily(cl.Type) && (!committed || !known || t.rank > current.rank)
	})
}

func (s *Server) listClusterTypes(c *call) (any, error) {
	page, total := paginate(c, s.clusterTypes.list(nil))
	return map[string]any{"cluster_types": page, "total_count": total}, nil
}

func (s *Server) listClusterAvailableTypes(c *call) (any, error) {
	cl, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	found := s.availableTypes(cl)
	return map[string]any{"cluster_types": found, "total_count": len(found)}, nil
}
