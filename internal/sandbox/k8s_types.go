package sandbox

import (
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// commitment is how long a dedicated offer cannot be left for a lower one.
const commitment = 30 * 24 * time.Hour

// clusterType is an offer of control plane.
type clusterType struct {
	k8s.ClusterType

	// Srn is not in the API's answers: the SDK makes it up.
	Srn string `json:"srn,omitempty"`

	CommitmentDelay span `json:"commitment_delay"`

	// rank orders the offers of a family from the lowest.
	rank int
}

// newClusterTypes is the recorded catalogue: the offers of Kapsule, then those of Kosmos, each from the lowest.
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
			one := &clusterType{rank: rank, ClusterType: k8s.ClusterType{
				Name: family + offer.suffix, Availability: k8s.ClusterTypeAvailabilityAvailable, MaxNodes: offer.maxNodes,
				Resiliency: k8s.ClusterTypeResiliencyStandard,
				Memory:     offer.memory, MaxEtcdSize: 55 * scw.MB,
			}}
			if rank > 0 {
				one.CommitmentDelay = span{scw.Duration{Seconds: int64(commitment.Seconds())}}
				one.SLA, one.Resiliency, one.Dedicated = 99.5, k8s.ClusterTypeResiliencyHighAvailability, true
				one.AuditLogsSupported, one.MaxEtcdSize = true, 200*scw.MB
			}
			all.put(one.Name, one)
		}
	}
	return all
}

// family is kapsule or multicloud: no cluster goes from one to the other.
func family(typeName string) string {
	name, _, _ := strings.Cut(typeName, "-")
	return name
}

func dedicated(typeName string) bool { return strings.Contains(typeName, "-dedicated-") }

// availableTypes are the offers that a cluster can be set to: all of its family, the higher ones alone while its
// commitment runs.
func (s *Server) availableTypes(of *cluster) []*clusterType {
	current, known := s.clusterTypes.get(of.Type)
	committed := of.CommitmentEndsAt != nil && s.now().Before(*of.CommitmentEndsAt)
	return s.clusterTypes.list(func(t *clusterType) bool {
		return family(t.Name) == family(of.Type) && (!committed || !known || t.rank > current.rank)
	})
}

func (s *Server) listClusterTypes(c *call) (any, error) {
	page, total := paged(c, s.clusterTypes.list(nil))
	return map[string]any{"cluster_types": page, "total_count": total}, nil
}

func (s *Server) listClusterAvailableTypes(c *call) (any, error) {
	on, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	found := s.availableTypes(on)
	return map[string]any{"cluster_types": found, "total_count": len(found)}, nil
}
