insert into orders (account, cents, tax_percent, payment, state) values ('ada', 1200, 19, 'seed', 'shipped');
