package sandbox

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// checkCluster refuses what the API does not create.
func (s *Server) checkCluster(asked *k8s.CreateClusterRequest, projectID string) error {
	if asked.Name == "" {
		return errInvalid("name", "required", "")
	}
	offer, ok := s.clusterTypes.get(asked.Type)
	if !ok {
		return errInvalid("type", "constraint", fmt.Sprintf("cluster type %q does not exist", asked.Type))
	}
	if _, ok := s.projects.get(projectID); !ok {
		return errNotFound("project", projectID)
	}
	v, err := s.checkVersion(asked.Version)
	if err != nil {
		return err
	}
	if err := checkCNI(asked, v); err != nil {
		return err
	}
	if err := checkLists(v, asked.FeatureGates, asked.AdmissionPlugins); err != nil {
		return err
	}
	if asked.AutoUpgrade != nil {
		if err := checkWindow(asked.AutoUpgrade.Enable, asked.AutoUpgrade.MaintenanceWindow); err != nil {
			return err
		}
	}
	if asked.OpenIDConnectConfig != nil {
		if err := checkIssuer(asked.OpenIDConnectConfig.IssuerURL); err != nil {
			return err
		}
	}
	network, err := s.checkPrivateNetwork(asked, projectID)
	if err != nil {
		return err
	}
	if err := checkRanges(asked, network); err != nil {
		return err
	}
	if offer.Availability == k8s.ClusterTypeAvailabilityShortage {
		return errOutOfStock(offer.Name)
	}
	return nil
}

func (s *Server) checkVersion(name string) (*version, error) {
	if name == "" {
		return nil, errInvalid("version", "required", "")
	}
	v, ok := s.versions.get(name)
	if !ok {
		return nil, errInvalid("version", "constraint", fmt.Sprintf("version %q does not exist", name))
	}
	if !v.creatable(s.now()) {
		return nil, errInvalid("version", "constraint", fmt.Sprintf("version %q is not available for new clusters", name))
	}
	return v, nil
}

func checkCNI(asked *k8s.CreateClusterRequest, v *version) error {
	switch {
	case asked.Cni == "" || asked.Cni == k8s.CNIUnknownCni:
		return errInvalid("cni", "required", "")
	case !slices.Contains(v.AvailableCnis, asked.Cni):
		return errInvalid("cni", "constraint", fmt.Sprintf("version %s has no CNI %q", v.Name, asked.Cni))
	case asked.Cni == "none":
		return errInvalid("cni", "constraint", "a cluster without CNI is only available through a ticket")
	case (family(asked.Type) == "multicloud") != (asked.Cni == k8s.CNIKilo):
		return errInvalid(
			"cni", "constraint", fmt.Sprintf("CNI %q is not available for cluster type %s", asked.Cni, asked.Type),
		)
	}
	return nil
}

func checkLists(v *version, gates, plugins []string) error {
	for _, gate := range gates {
		if !slices.Contains(v.AvailableFeatureGates, gate) {
			return errInvalid("feature_gates", "constraint", fmt.Sprintf("version %s has no feature gate %q", v.Name, gate))
		}
	}
	for _, plugin := range plugins {
		if !slices.Contains(v.AvailableAdmissionPlugins, plugin) {
			return errInvalid(
				"admission_plugins", "constraint", fmt.Sprintf("version %s has no admission plugin %q", v.Name, plugin),
			)
		}
	}
	return nil
}

func checkWindow(enabled bool, window *k8s.MaintenanceWindow) error {
	if window == nil {
		if enabled {
			return errInvalid("auto_upgrade.maintenance_window", "required", "all field or zero field of auto_upgrade must be "+
				"set")
		}
		return nil
	}
	if window.StartHour > 23 {
		return errInvalid("auto_upgrade.maintenance_window.start_hour", "constraint", "must be between 0 and 23")
	}
	if !slices.Contains(k8s.MaintenanceWindowDayOfTheWeek("").Values(), window.Day) {
		return errInvalid("auto_upgrade.maintenance_window.day", "constraint", "must be any, or a day from monday to sunday")
	}
	return nil
}

func checkIssuer(url string) error {
	if url != "" && !strings.HasPrefix(url, "https://") {
		return errInvalid("open_id_connect_config.issuer_url", "constraint", "only URLs that use the https:// scheme are "+
			"accepted")
	}
	return nil
}

// checkPrivateNetwork returns the Private Network asked for; nil where a Kosmos cluster has none.
func (s *Server) checkPrivateNetwork(asked *k8s.CreateClusterRequest, projectID string) (*privateNetwork, error) {
	if asked.PrivateNetworkID == nil || *asked.PrivateNetworkID == "" {
		asked.PrivateNetworkID = nil
		if family(asked.Type) == "kapsule" {
			return nil, errInvalid("private_network_id", "constraint", "a Private Network is mandatory for this cluster type")
		}
		return nil, nil //nolint:nilnil // a Kosmos cluster needs none
	}
	network, ok := s.privateNetworks.get(*asked.PrivateNetworkID)
	if !ok || network.Region != asked.Region {
		return nil, errNotFound("private_network", *asked.PrivateNetworkID)
	}
	if network.ProjectID != projectID {
		return nil, errInvalid("private_network_id", "constraint", "the Private Network belongs to another Project")
	}
	return network, nil
}

// checkRanges refuses ranges of addresses that are not private, too small, or overlap each other or the Private
// Network.
func checkRanges(asked *k8s.CreateClusterRequest, network *privateNetwork) error {
	type named struct {
		name   string
		prefix netip.Prefix
	}
	taken := []named{{"198.18.0.0/15, which Scaleway uses", netip.MustParsePrefix("198.18.0.0/15")}}
	if network != nil {
		for _, subnet := range network.Subnets {
			if prefix, err := toPrefix(subnet.Subnet); err == nil {
				taken = append(taken, named{"the subnet " + prefix.String() + " of the Private Network", prefix})
			}
		}
	}
	services := netip.MustParsePrefix("10.32.0.0/20")
	for _, wanted := range []struct {
		argument, otherwise string
		asked               *scw.IPNet
		most                int
	}{
		{"pod_cidr", "100.64.0.0/15", asked.PodCidr, 16}, {"service_cidr", services.String(), asked.ServiceCidr, 24},
	} {
		prefix := netip.MustParsePrefix(wanted.otherwise)
		if wanted.asked != nil {
			given, err := toPrefix(*wanted.asked)
			if err != nil {
				return errInvalid(wanted.argument, "format", err.Error())
			}
			prefix = given
		}
		if wanted.argument == "service_cidr" {
			services = prefix
		}
		if prefix.Bits() > wanted.most {
			return errInvalid(
				wanted.argument, "constraint", fmt.Sprintf("the mask of %s must be at most /%d", prefix, wanted.most),
			)
		}
		if !private(prefix) {
			return errInvalid(wanted.argument, "constraint", fmt.Sprintf("%s is not in a range of RFC 1918 or RFC 6598", prefix))
		}
		for _, other := range taken {
			if other.prefix.Overlaps(prefix) {
				return errInvalid(wanted.argument, "constraint", fmt.Sprintf("%s overlaps %s", prefix, other.name))
			}
		}
		taken = append(taken, named{prefix.String(), prefix})
	}
	if asked.ServiceDNSIP != nil {
		addr, ok := netip.AddrFromSlice(*asked.ServiceDNSIP)
		if !ok || !services.Contains(addr.Unmap()) {
			return errInvalid("service_dns_ip", "constraint", fmt.Sprintf("the address must be in %s", services))
		}
	}
	return nil
}

// private says whether a range lies in one of RFC 1918 or RFC 6598.
func private(prefix netip.Prefix) bool {
	for _, block := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"} {
		around := netip.MustParsePrefix(block)
		if around.Overlaps(prefix) && prefix.Bits() >= around.Bits() {
			return true
		}
	}
	return false
}

// checkUpdate refuses what a PATCH of a cluster does not change.
func (s *Server) checkUpdate(on *cluster, asked *k8s.UpdateClusterRequest) error {
	if asked.Name != nil && *asked.Name == "" {
		return errInvalid("name", "required", "")
	}
	if asked.AutoUpgrade != nil && asked.AutoUpgrade.MaintenanceWindow != nil {
		if err := checkWindow(false, asked.AutoUpgrade.MaintenanceWindow); err != nil {
			return err
		}
	}
	if oidc := asked.OpenIDConnectConfig; oidc != nil && oidc.IssuerURL != nil {
		if err := checkIssuer(*oidc.IssuerURL); err != nil {
			return err
		}
	}
	v, ok := s.versions.get(on.Version)
	if !ok {
		return nil
	}
	var gates, plugins []string
	set(&gates, asked.FeatureGates)
	set(&plugins, asked.AdmissionPlugins)
	return checkLists(v, gates, plugins)
}
