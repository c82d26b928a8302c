"""What the building does by itself: rules with trigger, conditions and actions; schedules."""
