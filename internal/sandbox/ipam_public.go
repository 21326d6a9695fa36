package sandbox

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// bookPublicIP books a public IP in a zone. Recordings only show the ids of such IPs, which VPN gateways have
// [INFERRED ipam-public-ips].
func (s *Server) bookPublicIP(projectID string, zone scw.Zone, isIPv6 bool) *ipamIP {
	addr, _ := netip.AddrFromSlice(s.nextPublicIP().To4())
	if isIPv6 {
		text, _ := s.nextPublicIPv6()
		addr = netip.MustParseAddr(text)
	}
	region, _ := zone.Region() // cannot fail: the callers check the zone
	now, source := s.timestamp(), string(zone)
	ip := &ipamIP{IP: ipam.IP{
		ID: uuid.NewString(), ProjectID: projectID, IsIPv6: isIPv6, CreatedAt: now, UpdatedAt: now, Tags: []string{},
		Address: scw.IPNet{IPNet: net.IPNet{IP: addr.AsSlice(), Mask: net.CIDRMask(addr.BitLen(), addr.BitLen())}},
		Source:  &ipam.Source{Zonal: &source}, Reverses: []*ipam.Reverse{}, Region: region, Zone: &zone,
	}}
	s.ips.put(ip.ID, ip)
	return ip
}

// nextPublicIPv6 returns the next public IPv6 address, in a range reserved for documentation, and its hexadecimal
// digits in reverse order with dots between them.
func (s *Server) nextPublicIPv6() (address, label string) {
	s.publicIPCount++
	raw := netip.MustParseAddr("2001:db8::").As16()
	raw[6], raw[7] = byte(s.publicIPCount>>8), byte(s.publicIPCount)
	digits := strings.Split(fmt.Sprintf("%x", raw), "")
	slices.Reverse(digits)
	return netip.AddrFrom16(raw).String(), strings.Join(digits, ".")
}
