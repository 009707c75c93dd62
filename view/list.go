package view

// Views are all views in the order in which they are offered and drawn.
var Views = []*View{
	topologyView,
	stagesView,
	handshakeView,
	decisionView,
	sequenceView,
	shardsView,
	visibilityView,
	modesView,
	failuresView,
	routesView,
	certificatesView,
}
