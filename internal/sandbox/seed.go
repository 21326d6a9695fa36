package sandbox

import (
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/account/v3"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// The networks of a new sandbox that does not start empty: the default VPC of its default Project in fr-par, a Private
// Network in it, and in fr-par-1 a Public Gateway that is attached to the Private Network and advertises a default
// route.
const (
	VPCID            = "33333333-3333-3333-3333-333333333333"
	PrivateNetworkID = "44444444-4444-4444-4444-444444444444"
	GatewayID        = "55555555-5555-5555-5555-555555555555"
	GatewayNetworkID = "88888888-8888-8888-8888-888888888888"
	GatewayIPID      = "99999999-9999-9999-9999-999999999999"
)

// timestamp returns the sandbox's time as objects store it: in microseconds, like the API.
func (s *Server) timestamp() *time.Time {
	now := s.now().Truncate(time.Microsecond)
	return &now
}

// seed creates the initial objects.
func (s *Server) seed() {
	s.organizations.put(OrganizationID, newOrganization())
	owner := s.newUser(UserID, iam.UserTypeOwner)
	owner.Email, owner.Username, owner.AccountRootUserID = "user@example.com", "user@example.com", rootUserID
	owner.FirstName, owner.LastName, owner.LastLoginAt = "First", "Last", owner.CreatedAt
	key := s.newAPIKey(AccessKey, SecretKey)
	key.UserID = scw.StringPtr(UserID)
	if s.options.Kubeconfig != nil {
		for access, secret := range map[string]string{
			ReaderAccessKey: ReaderSecretKey, UnprivilegedAccessKey: UnprivilegedSecretKey,
		} {
			s.newAPIKey(access, secret).PermissionSets = []string{"AllProductsReadOnly"}
		}
	}
	s.seedLogin()
	now := s.timestamp()
	s.contractSignatures.put(ContractSignatureID, &contractSignature{ContractSignature: account.ContractSignature{
		ID: ContractSignatureID, OrganizationID: OrganizationID, CreatedAt: now, SignedAt: now,
		Contract: &account.Contract{
			ID: ContractSignatureID, Type: ContractType, Name: ContractName, Version: 1, CreatedAt: now, UpdatedAt: now,
		},
	}})
	if !s.options.Empty {
		s.seedNetwork()
	}
	s.newProject(ProjectID, "default")
}

// seedNetwork creates the initial networks. It must run before newProject, which creates the default VPCs that are
// missing.
func (s *Server) seedNetwork() {
	v := s.newVPC(VPCID, "default", ProjectID, scw.RegionFrPar)
	v.IsDefault, v.Tags = true, []string{"default"}
	blocks, err := s.chooseSubnets(v.ID, nil)
	if err != nil {
		panic("sandbox: seed: " + err.Error())
	}
	network := s.newPrivateNetwork(PrivateNetworkID, "sandbox", v, blocks)
	g := s.newGateway(GatewayID, "sandbox", "VPC-GW-S", s.newGatewayIP(GatewayIPID, ProjectID, scw.ZoneFrPar1))
	ip, err := s.bookIP(network, false, nil)
	if err != nil {
		panic("sandbox: seed: " + err.Error())
	}
	s.newGatewayNetwork(GatewayNetworkID, g, network.ID, ip)
}
