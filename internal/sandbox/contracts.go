package sandbox

import (
	"net/http"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/account/v3"
)

// The contract that the Organization of a new sandbox has signed. Scaleway does not publish the type and name of its
// contract on health data: these are the sandbox's choice.
const (
	ContractSignatureID = "77777777-7777-7777-7777-777777777777"
	ContractType        = "global"
	ContractName        = "hds"
)

// contractSignature is a contract that the Organization signed or has to sign.
type contractSignature struct {
	account.ContractSignature
}

func (signature *contractSignature) contractName() string {
	if signature.Contract == nil {
		return ""
	}
	return signature.Contract.Name
}

func (s *Server) routeContracts(base string) {
	s.route("GET "+base+"/contract-signatures", areaContract, s.listContractSignatures)
	s.route("POST "+base+"/contract-signatures/check", areaContract, s.checkContractSignature)
	s.route("POST "+base+"/contract-signatures", areaContract, s.refuseSignature)
	s.route("POST "+base+"/contract-signatures/{id}/validate", areaContract, s.refuseSignature)
}

func (s *Server) listContractSignatures(c *call) (any, error) {
	f := c.filters()
	found := s.contractSignatures.list(func(signature *contractSignature) bool {
		return f.matches("organization_id", signature.OrganizationID)
	})
	page, total := paginate(c, sortBy(c, found, "signed_at_asc", orders[contractSignature]{
		"signed_at":  byTime(func(signature *contractSignature) *time.Time { return signature.SignedAt }),
		"expires_at": byTime(func(signature *contractSignature) *time.Time { return signature.ExpiresAt }),
		"name":       byText(func(signature *contractSignature) string { return signature.contractName() }),
	}))
	return map[string]any{"contract_signatures": page, "total_count": total}, nil
}

func (s *Server) checkContractSignature(c *call) (any, error) {
	var req account.ContractAPICheckContractSignatureRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.OrganizationID == "" {
		req.OrganizationID = OrganizationID
	}
	answer := account.CheckContractSignatureResponse{}
	for _, signature := range s.contractSignatures.list(nil) {
		if signature.OrganizationID != req.OrganizationID || signature.Contract == nil ||
			signature.Contract.Type != req.ContractType || signature.Contract.Name != req.ContractName {
			continue
		}
		expired := signature.ExpiresAt != nil && !s.now().Before(*signature.ExpiresAt)
		answer.Created = true
		answer.Validated = answer.Validated || signature.SignedAt != nil && !expired
	}
	return answer, nil
}

// refuseSignature answers 403 to every attempt to sign a contract: signing binds the Organization, and no tool may do
// that.
func (s *Server) refuseSignature(*call) (any, error) {
	return nil, &apiError{status: http.StatusForbidden, body: map[string]any{
		"message": "insufficient permissions", "type": "permissions_denied",
		"details": []map[string]any{{"resource": "contract_signature", "action": "write"}},
		"help_message": "the sandbox signs no contracts: change the seeded signature through " +
			controlPrefix + "objects/contract-signatures/" + ContractSignatureID,
	}}
}
