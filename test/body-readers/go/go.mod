module sluice.test/bodyreaders

go 1.25
