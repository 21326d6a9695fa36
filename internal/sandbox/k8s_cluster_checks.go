package sandbox

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// checkCluster returns the API's error for an invalid request to create a cluster.
func (s *Server) checkCluster(req *k8s.CreateClusterRequest, projectID string) error {
	if req.Name == "" {
		return errInvalid("name", "required", "")
	}
	offer, ok := s.clusterTypes.get(req.Type)
	if !ok {
		return errInvalid("type", "constraint", fmt.Sprintf("cluster type %q does not exist", req.Type))
	}
	if _, ok := s.projects.get(projectID); !ok {
		return errNotFound("project", projectID)
	}
	v, err := s.checkVersion(req.Version)
	if err != nil {
		return err
	}
	if err := checkCNI(req, v); err != nil {
		return err
	}
	if err := checkGatesAndPlugins(v, req.FeatureGates, req.AdmissionPlugins); err != nil {
		return err
	}
	if req.AutoUpgrade != nil {
		if err := checkMaintenanceWindow(req.AutoUpgrade.Enable, req.AutoUpgrade.MaintenanceWindow); err != nil {
			return err
		}
	}
	if req.OpenIDConnectConfig != nil {
		if err := checkIssuer(req.OpenIDConnectConfig.IssuerURL); err != nil {
			return err
		}
	}
	network, err := s.checkPrivateNetwork(req, projectID)
	if err != nil {
		return err
	}
	if err := checkCIDRs(req, network); err != nil {
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
	if !v.isCreatable(s.now()) {
		return nil, errInvalid(
			"version", "constraint", fmt.Sprintf("version %q is not available for new clusters", name),
		)
	}
	return v, nil
}

func checkCNI(req *k8s.CreateClusterRequest, v *version) error {
	switch {
	case req.Cni == "" || req.Cni == k8s.CNIUnknownCni:
		return errInvalid("cni", "required", "")
	case !slices.Contains(v.AvailableCnis, req.Cni):
		return errInvalid("cni", "constraint", fmt.Sprintf("version %s has no CNI %q", v.Name, req.Cni))
	case req.Cni == "none":
		return errInvalid("cni", "constraint", "a cluster without CNI is only available through a ticket")
	case (clusterFamily(req.Type) == "multicloud") != (req.Cni == k8s.CNIKilo):
		return errInvalid(
			"cni", "constraint", fmt.Sprintf("CNI %q is not available for cluster type %s", req.Cni, req.Type),
		)
	}
	return nil
}

func checkGatesAndPlugins(v *version, gates, plugins []string) error {
	for _, gate := range gates {
		if !slices.Contains(v.AvailableFeatureGates, gate) {
			return errInvalid(
				"feature_gates", "constraint", fmt.Sprintf("version %s has no feature gate %q", v.Name, gate),
			)
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

func checkMaintenanceWindow(enabled bool, window *k8s.MaintenanceWindow) error {
	if window == nil {
		if enabled {
			return errInvalid("auto_upgrade.maintenance_window", "required", "all field or zero field of "+
				"auto_upgrade must be set")
		}
		return nil
	}
	if window.StartHour > 23 {
		return errInvalid("auto_upgrade.maintenance_window.start_hour", "constraint", "must be between 0 and 23")
	}
	if !slices.Contains(k8s.MaintenanceWindowDayOfTheWeek("").Values(), window.Day) {
		return errInvalid("auto_upgrade.maintenance_window.day", "constraint", "must be any, or a day from monday to "+
			"sunday")
	}
	return nil
}

func checkIssuer(url string) error {
	if url != "" && !strings.HasPrefix(url, "https://") {
		return errInvalid("open_id_connect_config.issuer_url", "constraint", "only URLs that use the https:// scheme "+
			"are accepted")
	}
	return nil
}

// checkPrivateNetwork returns the requested Private Network, or nil for a Kosmos cluster without one.
func (s *Server) checkPrivateNetwork(req *k8s.CreateClusterRequest, projectID string) (*privateNetwork, error) {
	if req.PrivateNetworkID == nil || *req.PrivateNetworkID == "" {
		req.PrivateNetworkID = nil
		if clusterFamily(req.Type) == "kapsule" {
			return nil, errInvalid("private_network_id", "constraint", "a Private Network is mandatory for this "+
				"cluster type")
		}
		return nil, nil //nolint:nilnil // optional for a Kosmos cluster
	}
	network, ok := s.privateNetworks.get(*req.PrivateNetworkID)
	if !ok || network.Region != req.Region {
		return nil, errNotFound("private_network", *req.PrivateNetworkID)
	}
	if network.ProjectID != projectID {
		return nil, errInvalid("private_network_id", "constraint", "the Private Network belongs to another Project")
	}
	return network, nil
}

// checkCIDRs returns an error if the range of pods or of services is not private, is too small, or overlaps the other
// range or the Private Network.
func checkCIDRs(req *k8s.CreateClusterRequest, network *privateNetwork) error {
	type named struct {
		name   string
		prefix netip.Prefix
	}
	reserved := []named{{"198.18.0.0/15, which Scaleway uses", netip.MustParsePrefix("198.18.0.0/15")}}
	if network != nil {
		for _, subnet := range network.Subnets {
			if prefix, err := toPrefix(subnet.Subnet); err == nil {
				reserved = append(reserved, named{"the subnet " + prefix.String() + " of the Private Network", prefix})
			}
		}
	}
	services := netip.MustParsePrefix("10.32.0.0/20")
	for _, cidr := range []struct {
		argument, defaultRange string
		requested              *scw.IPNet
		maxBits                int
	}{
		{"pod_cidr", "100.64.0.0/15", req.PodCidr, 16}, {"service_cidr", services.String(), req.ServiceCidr, 24},
	} {
		prefix := netip.MustParsePrefix(cidr.defaultRange)
		if cidr.requested != nil {
			parsed, err := toPrefix(*cidr.requested)
			if err != nil {
				return errInvalid(cidr.argument, "format", err.Error())
			}
			prefix = parsed
		}
		if cidr.argument == "service_cidr" {
			services = prefix
		}
		if prefix.Bits() > cidr.maxBits {
			return errInvalid(
				cidr.argument, "constraint", fmt.Sprintf("the mask of %s must be at most /%d", prefix, cidr.maxBits),
			)
		}
		if !isPrivateRange(prefix) {
			return errInvalid(
				cidr.argument, "constraint", fmt.Sprintf("%s is not in a range of RFC 1918 or RFC 6598", prefix),
			)
		}
		for _, other := range reserved {
			if other.prefix.Overlaps(prefix) {
				return errInvalid(cidr.argument, "constraint", fmt.Sprintf("%s overlaps %s", prefix, other.name))
			}
		}
		reserved = append(reserved, named{prefix.String(), prefix})
	}
	if req.ServiceDNSIP != nil {
		addr, ok := netip.AddrFromSlice(*req.ServiceDNSIP)
		if !ok || !services.Contains(addr.Unmap()) {
			return errInvalid("service_dns_ip", "constraint", fmt.Sprintf("the address must be in %s", services))
		}
	}
	return nil
}

// isPrivateRange reports whether a range is part of a private range of RFC 1918 or RFC 6598.
func isPrivateRange(prefix netip.Prefix) bool {
	for _, block := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"} {
		allowed := netip.MustParsePrefix(block)
		if allowed.Overlaps(prefix) && prefix.Bits() >= allowed.Bits() {
			return true
		}
	}
	return false
}

// checkClusterUpdate returns the API's error for an invalid PATCH of a cluster.
func (s *Server) checkClusterUpdate(cl *cluster, req *k8s.UpdateClusterRequest) error {
	if req.Name != nil && *req.Name == "" {
		return errInvalid("name", "required", "")
	}
	if req.AutoUpgrade != nil && req.AutoUpgrade.MaintenanceWindow != nil {
		if err := checkMaintenanceWindow(false, req.AutoUpgrade.MaintenanceWindow); err != nil {
			return err
		}
	}
	if oidc := req.OpenIDConnectConfig; oidc != nil && oidc.IssuerURL != nil {
		if err := checkIssuer(*oidc.IssuerURL); err != nil {
			return err
		}
	}
	v, ok := s.versions.get(cl.Version)
	if !ok {
		return nil
	}
	var gates, plugins []string
	setIfPresent(&gates, req.FeatureGates)
	setIfPresent(&plugins, req.AdmissionPlugins)
	return checkGatesAndPlugins(v, gates, plugins)
}
