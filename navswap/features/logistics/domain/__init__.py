"""What logistics decides, without a database: plans, the lives of jobs and offers, who is offered what, and the pay."""
