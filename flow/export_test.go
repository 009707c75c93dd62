package flow

// SummaryOf is summaryOf, for tests of what the models of this tree hold.
var SummaryOf = summaryOf
