package sandbox

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// csiDriver is the name of Scaleway's CSI driver, whose volume handles are "zone/UUID".
const csiDriver = "csi.scaleway.com"

// removeAdditional deletes what a deletion with_additional_resources takes, in the words of the API's documentation:
// "all volumes (including retain volume type), empty Private Networks and Load Balancers with a name starting with the
// cluster ID". One recording has such a deletion (k8s/acl-basic): the Private Network is gone with its cluster.
//
// [INFERRED] No recording shows more. The volumes of a cluster are those that its nodes have or had, and those of its
// PersistentVolumes: attached, detached, released, whatever their reclaim policy. They and the Load Balancers go after
// the cluster, in the time that a deletion takes. What is attached to another Instance or locked stays. The
// documentation does not name snapshots: they stay, without their parent volume.
func (s *Server) removeAdditional(gone *cluster) {
	for _, v := range s.volumes.list(func(v *volume) bool { return s.ownsVolume(gone, v) }) {
		if len(v.References) > 0 || v.Status == block.VolumeStatusLocked {
			continue
		}
		v.Status = block.VolumeStatusDeleting
		s.after(volumeDeletes, func() { s.volumes.remove(v.ID) })
	}
	for _, b := range s.balancers.list(func(b *balancer) bool { return strings.HasPrefix(b.Name, gone.ID) }) {
		if b.Status == lb.LBStatusLocked {
			continue
		}
		b.Status = lb.LBStatusToDelete
		s.after(balancerDeletes, func() { s.removeBalancer(b, true) })
	}
	if gone.PrivateNetworkID == nil {
		return
	}
	if network, ok := s.privateNetworks.get(*gone.PrivateNetworkID); ok && len(s.usersOf(network)) == 0 {
		s.privateNetworks.remove(network.ID)
	}
}

// ownsVolume says whether a volume belongs to a cluster. All clusters of a sandbox share one Kubernetes API server: a
// volume that was attached to a node of another cluster belongs to that one.
func (s *Server) ownsVolume(on *cluster, v *volume) bool {
	if v.clusterID != "" {
		return v.clusterID == on.ID
	}
	return on.claimed[v.ID]
}

// claimedVolumes are the ids of the volumes of the PersistentVolumes in the Kubernetes API server; none where that does
// not answer at once.
func (s *Server) claimedVolumes(ctx context.Context) map[string]bool {
	found := map[string]bool{}
	if s.options.Kubeconfig == nil {
		return found
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(s.options.Kubeconfig)
	if err != nil {
		return found
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return found
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	url := strings.TrimSuffix(config.Host, "/") + "/api/v1/persistentvolumes"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return found
	}
	response, err := client.Do(request)
	if err != nil {
		return found
	}
	defer response.Body.Close()
	var list struct {
		Items []struct {
			Spec struct {
				CSI struct{ Driver, VolumeHandle string }
			}
		}
	}
	if response.StatusCode != http.StatusOK || json.NewDecoder(response.Body).Decode(&list) != nil {
		return found
	}
	for _, one := range list.Items {
		if _, id, ok := strings.Cut(one.Spec.CSI.VolumeHandle, "/"); ok && one.Spec.CSI.Driver == csiDriver {
			found[id] = true
		}
	}
	return found
}
