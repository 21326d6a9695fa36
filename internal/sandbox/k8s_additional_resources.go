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

// volumeDeleteDuration is the time that the deletion of an additional volume takes, see removeAdditionalResources.
const volumeDeleteDuration = 5 * time.Second

// removeAdditionalResources deletes the resources that with_additional_resources includes. The API's documentation
// names them: "all volumes (including retain volume type), empty Private Networks and Load Balancers with a name
// starting with the cluster ID". One recording has such a deletion (k8s/acl-basic): the Private Network is deleted with
// its cluster.
//
// [INFERRED k8s-additional-resources] No recording shows more. The volumes of a cluster are those that are or were
// attached to its nodes, and those of its PersistentVolumes: attached, detached or released, with any reclaim policy.
// Volumes and Load Balancers are deleted after the cluster, and take the usual time of a deletion. Volumes that are
// attached to another Instance and locked objects are kept. The documentation does not mention snapshots: they are
// kept, without their parent volume.
func (s *Server) removeAdditionalResources(cl *cluster) {
	for _, v := range s.volumes.list(func(v *volume) bool { return s.ownsVolume(cl, v) }) {
		if len(v.References) > 0 || v.Status == block.VolumeStatusLocked {
			continue
		}
		v.Status = block.VolumeStatusDeleting
		s.after(volumeDeleteDuration, func() { s.removeVolume(v) })
	}
	for _, b := range s.balancers.list(func(b *balancer) bool { return strings.HasPrefix(b.Name, cl.ID) }) {
		if b.Status == lb.LBStatusLocked {
			continue
		}
		b.Status = lb.LBStatusToDelete
		s.after(balancerDeleteDuration, func() { s.removeBalancer(b, true) })
	}
	if cl.PrivateNetworkID == nil {
		return
	}
	if network, ok := s.privateNetworks.get(*cl.PrivateNetworkID); ok && len(s.privateNetworkDependents(network)) == 0 {
		s.privateNetworks.remove(network.ID)
	}
}

// ownsVolume reports whether a volume belongs to a cluster. A volume that was attached to a node belongs to the cluster
// of the node, even if another cluster has its PersistentVolume: all clusters of a sandbox share one Kubernetes API
// server.
func (s *Server) ownsVolume(cl *cluster, v *volume) bool {
	if v.clusterID != "" {
		return v.clusterID == cl.ID
	}
	return cl.claimedVolumes[v.ID]
}

// listClaimedVolumes returns the ids of the volumes that PersistentVolumes in the Kubernetes API server refer to. On
// any error, and if the API server does not respond within 2 seconds, it returns none.
func (s *Server) listClaimedVolumes(ctx context.Context) map[string]bool {
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
	for _, pv := range list.Items {
		if _, id, ok := strings.Cut(pv.Spec.CSI.VolumeHandle, "/"); ok && pv.Spec.CSI.Driver == csiDriver {
			found[id] = true
		}
	}
	return found
}
