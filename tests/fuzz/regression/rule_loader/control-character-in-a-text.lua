retur."./x"
