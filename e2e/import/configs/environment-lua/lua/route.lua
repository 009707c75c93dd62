-- the second part of the path is the tenant
core.register_fetches("tenant", function(txn)
	local name = txn.f:path():match("^/t/(%a+)")
	return "tenant_" .. (name or "none")
end)
