package sandbox

import (
	"errors"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/account/v3"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/api/vpcgw/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// TestScalewaySDKClient uses the sandbox with the SDK client: its types, its pagination and its errors.
func TestScalewaySDKClient(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	client := sdkClientOf(r)
	ctx := scw.WithContext(t.Context())

	types, err := instance.NewAPI(client).ListServersTypes(&instance.ListServersTypesRequest{}, scw.WithAllPages(), ctx)
	if err != nil || len(types.Servers) != 112 || types.TotalCount != 112 {
		t.Errorf("server types: %v, %d of %d", err, len(types.Servers), types.TotalCount)
	}
	networks, err := vpc.NewAPI(client).ListPrivateNetworks(&vpc.ListPrivateNetworksRequest{}, scw.WithAllPages(), ctx)
	if err != nil || networks.TotalCount != 1 ||
		networks.PrivateNetworks[0].Subnets[0].Subnet.String() != "172.16.0.0/22" {
		t.Errorf("Private Networks: %v, %+v", err, networks)
	}
	gateways := vpcgw.NewAPI(client)
	g, err := gateways.CreateGateway(&vpcgw.CreateGatewayRequest{Name: "g", Type: "VPC-GW-S"}, ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = gateways.CreateGatewayNetwork(
		&vpcgw.CreateGatewayNetworkRequest{GatewayID: g.ID, PrivateNetworkID: PrivateNetworkID}, ctx,
	)
	var transient *scw.TransientStateError
	if !errors.As(err, &transient) || transient.CurrentState != "allocating" || transient.ResourceID != g.ID {
		t.Errorf("create a gateway network of a new gateway: %#v", err)
	}
	r.server.Advance(time.Minute)
	if g, err = gateways.GetGateway(
		&vpcgw.GetGatewayRequest{GatewayID: g.ID}, ctx,
	); err != nil || g.Status != vpcgw.GatewayStatusRunning {
		t.Errorf("after a minute: %v, %s", err, g.Status)
	}
	err = vpc.NewAPI(client).DeletePrivateNetwork(
		&vpc.DeletePrivateNetworkRequest{PrivateNetworkID: PrivateNetworkID}, ctx,
	)
	var precondition *scw.PreconditionFailedError
	if !errors.As(err, &precondition) || precondition.Precondition != "resource_still_in_use" {
		t.Errorf("delete a Private Network in use: %#v", err)
	}
	ips, err := ipam.NewAPI(client).ListIPs(&ipam.ListIPsRequest{ResourceType: ipam.ResourceTypeVpcGatewayNetwork}, ctx)
	if err != nil || len(ips.IPs) != 1 || ips.IPs[0].Resource.ID != GatewayNetworkID ||
		ips.IPs[0].Address.String() != "172.16.0.2/22" {
		t.Errorf("addresses: %v, %+v", err, ips)
	}
	contracts := account.NewContractAPI(client)
	checked, err := contracts.CheckContractSignature(&account.ContractAPICheckContractSignatureRequest{
		ContractType: ContractType, ContractName: ContractName,
	}, ctx)
	if err != nil || !checked.Created || !checked.Validated {
		t.Errorf("contract signature: %v, %+v", err, checked)
	}
	_, err = contracts.CreateContractSignature(
		&account.ContractAPICreateContractSignatureRequest{ContractType: "global", ContractName: "x"}, ctx,
	)
	var denied *scw.PermissionsDeniedError
	if !errors.As(err, &denied) {
		t.Errorf("sign a contract: %#v", err)
	}
	_, err = iam.NewAPI(client).GetAPIKey(&iam.GetAPIKeyRequest{AccessKey: "SCWUNKNOWN0000000000"}, ctx)
	var unknown *scw.ResourceNotFoundError
	if !errors.As(err, &unknown) || unknown.Resource != "access_key" {
		t.Errorf("get an unknown API key: %#v", err)
	}
}
