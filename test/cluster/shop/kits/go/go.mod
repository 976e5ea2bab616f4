module shop/service

go 1.22
